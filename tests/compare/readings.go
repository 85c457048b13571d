// What nats-server's own parser makes of configurations: a path on each line of standard input, an
// answer in JSON on each line of standard output.
package main

import (
	"bufio"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"time"

	"readings/conf"
)

type token interface {
	Value() any
	Line() int
	IsUsedVariable() bool
	SourceFile() string
}

// A value is told with its type; texts and keys by their bytes.
func told(value any) any {
	if wrapped, ok := value.(token); ok {
		return told(wrapped.Value())
	}
	switch v := value.(type) {
	case string:
		return []any{"text", hex.EncodeToString([]byte(v))}
	case int64:
		return []any{"integer", strconv.FormatInt(v, 10)}
	case float64:
		return []any{"float", strconv.FormatFloat(v, 'g', -1, 64)}
	case bool:
		return []any{"boolean", v}
	case time.Time:
		return []any{"date", v.Unix()}
	case []any:
		elements := []any{}
		for _, element := range v {
			elements = append(elements, told(element))
		}
		return []any{"array", elements}
	case map[string]any:
		entries := map[string]any{}
		for key, entry := range v {
			place := []any{told(entry)}
			if wrapped, ok := entry.(token); ok {
				place = append(place, wrapped.Line(), wrapped.IsUsedVariable())
			}
			entries[hex.EncodeToString([]byte(key))] = place
		}
		return []any{"map", entries}
	}
	return []any{fmt.Sprintf("%T", value), ""}
}

func answer(path string) (answered map[string]any) {
	defer func() {
		if failure := recover(); failure != nil {
			answered = map[string]any{"error": fmt.Sprint("panic: ", failure)}
		}
	}()
	values, err := conf.ParseFileWithChecks(path)
	if err != nil {
		return map[string]any{"error": err.Error()}
	}
	return map[string]any{"values": told(values)}
}

func main() {
	out := json.NewEncoder(os.Stdout)
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		out.Encode(answer(lines.Text()))
	}
}
