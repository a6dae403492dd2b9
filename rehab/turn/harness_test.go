package turn

import (
	"bytes"
	"context"
	"encoding/binary"
	"net"
	"net/netip"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pion/stun/v4"

	"github.com/gotera/gotera/proto/porttest"
	"github.com/gotera/gotera/proto/turncred"
)

const patience = 15 * time.Second

var (
	secret   = bytes.Repeat([]byte{5}, turncred.SecretSize)
	publicIP = netip.MustParseAddr("203.0.113.7") // a NAT's: no interface has it
)

// place is a TURN server with rooms that echo, on loopback.
type place struct {
	t     *testing.T
	cfg   Config
	log   *syncBuffer
	rooms []*net.UDPConn // on cfg.FirstPort and so on
	*Client
}

// newPlace starts a server with n rooms; change may be nil.
func newPlace(t *testing.T, n int, change func(*Config)) *place {
	t.Helper()
	p := &place{t: t, log: &syncBuffer{}}
	first := p.openRooms(n)
	p.cfg = Config{
		Port: porttest.Take(t, 1), Socket: filepath.Join(t.TempDir(), "turn.sock"), Status: filepath.Join(t.TempDir(), "status.sock"),
		FirstPort: first, LastPort: first + n - 1, PublicIPs: []netip.Addr{publicIP}, Secret: secret, MaxAllocations: 100,
		host: "127.0.0.1", limits: defaultLimits, Log: newLogger(p.log, true),
	}
	if change != nil {
		change(&p.cfg)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- Run(ctx, p.cfg) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	p.Client = NewClient(p.cfg.Status)
	p.await("fronts", func(st Status) bool { return len(st.Open) == 3 }) // but for TLS
	return p
}

// openRooms opens n ports in a row that answer each packet with the same packet.
func (p *place) openRooms(n int) int {
	p.t.Helper()
	first := porttest.Take(p.t, n)
	for i := range n {
		c, err := net.ListenUDP("udp", &net.UDPAddr{Port: first + i})
		if err != nil {
			p.t.Fatal(err)
		}
		p.t.Cleanup(func() { c.Close() })
		p.rooms = append(p.rooms, c)
		go echo(c)
	}
	return first
}

func echo(c *net.UDPConn) {
	buf := make([]byte, 2048)
	for {
		n, from, err := c.ReadFromUDPAddrPort(buf)
		if err != nil {
			return
		}
		c.WriteToUDPAddrPort(buf[:n], from)
	}
}

// await waits until the status is as it should be.
func (p *place) await(what string, ok func(Status) bool) Status {
	p.t.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		st, err := p.Status(p.t.Context())
		if err == nil && ok(st) {
			return st
		}
		if time.Now().After(end) {
			p.t.Fatalf("%s: %+v, %v", what, st, err)
		}
	}
}

// grant makes credentials for the room at index i that are good for d.
func (p *place) grant(i int, peer string, d time.Duration) (username, password string) {
	port := p.cfg.FirstPort + i
	return turncred.Mint(turncred.RoomKey(secret, port), turncred.Grant{Port: port, Peer: peer, Expires: time.Now().Add(d)})
}

// room is the address at which clients know the room at index i.
func (p *place) room(i int) netip.AddrPort {
	return netip.AddrPortFrom(p.cfg.PublicIPs[0], uint16(p.cfg.FirstPort+i))
}

// client speaks TURN by hand.
type client struct {
	t              *testing.T
	conn           net.Conn
	user, password string
	nonce, realm   string
	data           chan []byte // Data indications and ChannelData
	answers        chan *stun.Message
}

// dial connects to the server: "udp" or "tcp".
func (p *place) dial(network, user, password string) *client {
	p.t.Helper()
	conn, err := net.Dial(network, net.JoinHostPort(p.cfg.host, strconv.Itoa(p.cfg.Port)))
	if err != nil {
		p.t.Fatal(err)
	}
	return p.client(conn, user, password)
}

func (p *place) client(conn net.Conn, user, password string) *client {
	c := &client{t: p.t, conn: conn, user: user, password: password, data: make(chan []byte, 1024), answers: make(chan *stun.Message, 64)}
	p.t.Cleanup(func() { conn.Close() })
	go c.read()
	return c
}

func (c *client) read() {
	buf := make([]byte, 0, 8192)
	chunk := make([]byte, 4096)
	stream := c.conn.LocalAddr().Network() != "udp"
	defer close(c.answers)
	for {
		n, err := c.conn.Read(chunk)
		if err != nil {
			return
		}
		buf = append(buf, chunk[:n]...)
		for len(buf) >= 4 {
			size := frameSize(buf)
			if !stream {
				size = len(buf)
			}
			if len(buf) < size {
				break
			}
			c.take(bytes.Clone(buf[:size]))
			buf = buf[size:]
		}
	}
}

func (c *client) take(p []byte) {
	if p[0]>>6 == 1 {
		c.data <- p[4 : 4+binary.BigEndian.Uint16(p[2:])]
		return
	}
	m := &stun.Message{Raw: p}
	if m.Decode() != nil {
		return
	}
	if m.Type.Method == stun.MethodData {
		data, _ := m.Get(stun.AttrData)
		c.data <- data
		return
	}
	c.answers <- m
}

// do sends a request and returns the answer's error code, 0 for success, and the answer. -1: none came.
func (c *client) do(m stun.Method, attributes ...stun.Setter) (int, *stun.Message) {
	c.t.Helper()
	for try := 0; ; try++ {
		setters := append([]stun.Setter{stun.TransactionID, stun.NewType(m, stun.ClassRequest)}, attributes...)
		if c.nonce != "" {
			setters = append(setters, stun.NewUsername(c.user), stun.NewRealm(c.realm), stun.NewNonce(c.nonce),
				stun.NewLongTermIntegrity(c.user, c.realm, c.password))
		}
		req, err := stun.Build(setters...)
		if err != nil {
			c.t.Fatal(err)
		}
		code, answer := c.exchange(req)
		if code == 401 && try == 0 && c.nonce == "" {
			var nonce stun.Nonce
			var realm stun.Realm
			if nonce.GetFrom(answer) != nil || realm.GetFrom(answer) != nil {
				c.t.Fatal("no nonce")
			}
			c.nonce, c.realm = nonce.String(), realm.String()
			continue
		}
		return code, answer
	}
}

func (c *client) exchange(req *stun.Message) (int, *stun.Message) {
	limit := time.After(patience)
	again := time.NewTicker(time.Second)
	defer again.Stop()
	c.conn.Write(req.Raw)
	for {
		select {
		case a, ok := <-c.answers:
			if !ok {
				return -1, nil
			}
			if a.TransactionID != req.TransactionID {
				continue
			}
			var code stun.ErrorCodeAttribute
			if code.GetFrom(a) == nil {
				return int(code.Code), a
			}
			return 0, a
		case <-again.C:
			if c.conn.LocalAddr().Network() == "udp" {
				c.conn.Write(req.Raw)
			}
		case <-limit:
			return -1, nil
		}
	}
}

// attribute is a raw one.
type attribute struct {
	t     stun.AttrType
	value []byte
}

func (a attribute) AddTo(m *stun.Message) error { m.Add(a.t, a.value); return nil }

var udpTransport = attribute{stun.AttrRequestedTransport, []byte{17, 0, 0, 0}}

type peerAddress netip.AddrPort

func (a peerAddress) AddTo(m *stun.Message) error {
	p := netip.AddrPort(a)
	return stun.XORMappedAddress{IP: p.Addr().AsSlice(), Port: int(p.Port())}.AddToAs(m, stun.AttrXORPeerAddress)
}

func channel(n uint16) attribute {
	return attribute{stun.AttrChannelNumber, []byte{byte(n >> 8), byte(n), 0, 0}}
}

func (c *client) allocate() int {
	c.t.Helper()
	code, _ := c.do(stun.MethodAllocate, udpTransport)
	return code
}

func (c *client) permit(to netip.AddrPort) int {
	c.t.Helper()
	code, _ := c.do(stun.MethodCreatePermission, peerAddress(to))
	return code
}

func (c *client) bind(n uint16, to netip.AddrPort) int {
	c.t.Helper()
	code, _ := c.do(stun.MethodChannelBind, channel(n), peerAddress(to))
	return code
}

// sendOn sends data on a channel; sendTo in an indication.
func (c *client) sendOn(n uint16, data []byte) {
	p := binary.BigEndian.AppendUint16(nil, n)
	p = binary.BigEndian.AppendUint16(p, uint16(len(data)))
	p = append(p, data...)
	for len(p)%4 != 0 {
		p = append(p, 0)
	}
	c.conn.Write(p)
}

func (c *client) sendTo(to netip.AddrPort, data []byte) {
	c.t.Helper()
	m, err := stun.Build(stun.TransactionID, stun.NewType(stun.MethodSend, stun.ClassIndication), peerAddress(to), attribute{stun.AttrData, data})
	if err != nil {
		c.t.Fatal(err)
	}
	c.conn.Write(m.Raw)
}

// echoes sends a packet by send until it comes back, and reports whether it did.
func (c *client) echoes(text string, send func([]byte)) bool {
	c.t.Helper()
	limit := time.After(patience)
	again := time.NewTicker(500 * time.Millisecond)
	defer again.Stop()
	send([]byte(text))
	for {
		select {
		case p := <-c.data:
			if string(p) == text {
				return true
			}
		case <-again.C:
			send([]byte(text))
		case <-limit:
			return false
		}
	}
}

// call allocates, binds a channel to the room at index i, and fails the test when packets do not come back.
func (p *place) call(c *client, i int) {
	p.t.Helper()
	if code := c.allocate(); code != 0 {
		p.t.Fatalf("allocate: %d\n%s", code, p.log.String())
	}
	if code := c.bind(0x4000, p.room(i)); code != 0 {
		p.t.Fatalf("bind: %d\n%s", code, p.log.String())
	}
	if !c.echoes("hello", func(b []byte) { c.sendOn(0x4000, b) }) {
		p.t.Fatal("nothing comes back")
	}
}

type syncBuffer struct {
	mu sync.Mutex
	b  strings.Builder
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}
