//go:build tools

// Package tools names the programs that the tests are run against.
package tools

import (
	_ "github.com/nats-io/natscli/nats"
	_ "github.com/nats-io/nkeys/nk"
	_ "github.com/nats-io/nsc/v2"
)
