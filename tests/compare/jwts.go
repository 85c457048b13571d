// Reads JWTs, one a line, and tells what Go's own library makes of each, as JSON.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"

	"github.com/nats-io/jwt/v2"
)

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(make([]byte, 1<<21), 1<<21)
	for lines.Scan() {
		said, _ := json.Marshal(judge(lines.Text()))
		fmt.Println(string(said))
	}
}

// judge gives the reasons for which a server refuses this JWT; none when it takes it.
func judge(token string) (reasons []string) {
	defer func() {
		if broken := recover(); broken != nil {
			reasons = []string{fmt.Sprint("panic: ", broken)}
		}
	}()
	reasons = []string{}
	claims, err := jwt.Decode(token)
	if err != nil {
		return []string{"decode: " + err.Error()}
	}
	results := jwt.CreateValidationResults()
	claims.Validate(results)
	for _, issue := range results.Issues {
		if issue.Blocking {
			reasons = append(reasons, issue.Description)
		}
	}
	return reasons
}
