package ingress

import (
	"fmt"
	"strconv"
	"strings"
)

// portPattern is a regular expression (PCRE and RE2) for the decimal numbers from first to last, without anchors and
// braces: 8080 to 8129 is `80[89]\d|81[0-2]\d`. It stays short for any range: NGINX takes 4 KiB at most.
func portPattern(first, last int) string {
	var parts []string
	for first <= last {
		end := blockEnd(first, last)
		parts = append(parts, digits(first, end))
		first = end + 1
	}
	return strings.Join(parts, "|")
}

// blockEnd is the largest number up to last such that first to it is d to e in one digit and 0 to 9 in all that follow.
func blockEnd(first, last int) int {
	end := first
	for unit := 1; first%unit == 0; unit *= 10 {
		more := min(9-first/unit%10, (last-first+1)/unit-1) // values that this digit can still take
		if more < 0 {
			break
		}
		end = first + (more+1)*unit - 1
	}
	return end
}

// digits is the pattern of one block.
func digits(first, last int) string {
	a, b := strconv.Itoa(first), strconv.Itoa(last)
	var p strings.Builder
	for i := range len(a) {
		switch {
		case a[i] == b[i]:
			p.WriteByte(a[i])
		case a[i] == '0' && b[i] == '9':
			p.WriteString(`\d`)
		case b[i] == a[i]+1:
			fmt.Fprintf(&p, "[%c%c]", a[i], b[i])
		default:
			fmt.Fprintf(&p, "[%c-%c]", a[i], b[i])
		}
	}
	return p.String()
}
