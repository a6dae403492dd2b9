package rest

// Operation is a route as tests see it.
type Operation struct {
	Method, Path string
	Body         string   // key of the object in the JSON body
	Arguments    []string // names of the parameters
	Integers     []string // those that are numbers
	Booleans     []string // those that are flags
	Strict       bool
}

// Operations lists all routes.
func Operations() []Operation {
	var list []Operation
	for _, r := range routes {
		o := Operation{Method: r.method, Path: r.path, Body: r.in.body, Strict: r.in.strict}
		for _, p := range r.in.list {
			o.Arguments = append(o.Arguments, p.name)
			switch p.kind {
			case integer:
				o.Integers = append(o.Integers, p.name)
			case boolean:
				o.Booleans = append(o.Booleans, p.name)
			}
		}
		list = append(list, o)
	}
	return list
}
