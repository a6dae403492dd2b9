package server_test

import "encoding/json"

func jsonText(v any) string {
	raw, _ := json.Marshal(v)
	return string(raw)
}
