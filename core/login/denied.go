package login

import "net/http"

// Shape is how OpenTera's APIs write a refusal (core.md 3.1).
type Shape int

const (
	Plain   Shape = iota // text/html: user and participant APIs
	String               // a JSON string: device and service APIs
	Message              // {"message": text}
)

// Denied is a refusal in the words and the shape that OpenTera's clients know. It never tells why in more detail.
type Denied struct {
	Status int
	Text   string
	Shape  Shape
}

func (d *Denied) Error() string { return d.Text }

var (
	denied       = &Denied{http.StatusUnauthorized, "Unauthorized", Plain}
	deniedRole   = &Denied{http.StatusForbidden, "Unauthorized", Plain}
	deniedString = &Denied{http.StatusUnauthorized, "Unauthorized", String}
)
