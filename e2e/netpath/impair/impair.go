// Package impair is the model of a bad network path: for each packet of one direction it decides whether and when it
// arrives. It knows neither sockets nor clocks: the caller passes the time, so that tests need none. Package relay
// applies it to UDP. Start with Profile.
package impair
