// Command netpath is a bad network path for tests: a UDP relay with loss, delay, jitter, a limited rate and a queue, in
// each direction on its own. It relays from a free port to -to. On standard input it takes JSON, one object per line:
//
//	{"up": {"loss": 0.05}, "down": {"kbps": 500, "queue_ms": 100}}   new profiles (impair.Profile), to the server and from it
//	{"report": true}                                               what was done so far (relay.Report)
//
// It answers each with one line on standard output, in order; the first line says where it listens. It ends with its
// standard input.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/netip"
	"os"

	"github.com/gotera/gotera/e2e/netpath/impair"
	"github.com/gotera/gotera/e2e/netpath/relay"
)

func main() {
	to := flag.String("to", "", "address of the server, host:port; required")
	listen := flag.String("listen", "127.0.0.1", "address to listen on, at a free port")
	seed := flag.Uint64("seed", 1, "of all decisions")
	flag.Parse()
	if err := run(*to, *listen, *seed, os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "netpath:", err)
		os.Exit(1)
	}
}

// command is a line of standard input.
type command struct {
	Up     impair.Profile `json:"up"`
	Down   impair.Profile `json:"down"`
	Report bool           `json:"report"`
}

// answer is a line of standard output.
type answer struct {
	Listen string        `json:"listen,omitempty"`
	Set    bool          `json:"set,omitempty"`
	Up     *relay.Report `json:"up,omitempty"`
	Down   *relay.Report `json:"down,omitempty"`
	Error  string        `json:"error,omitempty"`
}

func run(to, listen string, seed uint64, in io.Reader, out io.Writer) error {
	server, err := netip.ParseAddrPort(to)
	if err != nil {
		return fmt.Errorf("-to: %w", err)
	}
	r, err := relay.New(listen, server, seed)
	if err != nil {
		return err
	}
	defer r.Close()
	lines := json.NewEncoder(out)
	if err := lines.Encode(answer{Listen: r.Addr().String()}); err != nil {
		return err
	}
	scanner := bufio.NewScanner(in)
	scanner.Buffer(nil, 1<<20)
	for scanner.Scan() {
		if err := lines.Encode(obey(r, scanner.Bytes())); err != nil {
			return err
		}
	}
	return scanner.Err()
}

// obey does what a line says.
func obey(r *relay.Relay, line []byte) answer {
	var c command
	if err := json.Unmarshal(line, &c); err != nil {
		return answer{Error: err.Error()}
	}
	if c.Report {
		up, down := r.Report()
		return answer{Up: &up, Down: &down}
	}
	if err := r.Set(c.Up, c.Down); err != nil {
		return answer{Error: err.Error()}
	}
	return answer{Set: true}
}
