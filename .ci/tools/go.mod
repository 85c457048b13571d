module tools

go 1.26

require (
	github.com/nats-io/natscli v0.5.1
	github.com/nats-io/nkeys v0.4.17
	github.com/nats-io/nsc/v2 v2.15.0
)
