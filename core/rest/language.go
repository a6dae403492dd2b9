package rest

import (
	"strconv"
	"strings"
)

// language is "fr" or "en", whichever the Accept-Language header prefers; "en" when it names neither.
func (c *call) language() string {
	best, quality := "en", 0.0
	for _, wish := range strings.Split(c.Request.Header.Get("Accept-Language"), ",") {
		tag, weight, weighed := strings.Cut(wish, ";")
		q := 1.0
		if weighed {
			var err error
			if q, err = strconv.ParseFloat(strings.TrimPrefix(strings.TrimSpace(weight), "q="), 64); err != nil {
				continue
			}
		}
		code, _, _ := strings.Cut(strings.ToLower(strings.TrimSpace(tag)), "-")
		if (code == "fr" || code == "en") && q > quality {
			best, quality = code, q
		}
	}
	return best
}
