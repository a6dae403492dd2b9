package peer

import (
	"errors"
	"math/rand/v2"
	"time"

	"github.com/gotera/gotera/proto/signal"
)

// loop is what the peer's own goroutine owns: the websocket and the negotiation.
type loop struct {
	joined    chan<- error // until the first join has succeeded or failed
	link      *link        // nil while there is none
	welcome   bool         // joined came on this link
	resume    string
	lostAt    time.Time
	joinedAt  time.Time
	attempts  int
	pc        *connection // nil before the first join
	published []*publication
	servers   []signal.ICEServer
	fresh     bool // the connection is given up: the peer comes back with a new one
	dialling  bool
	path      path
	toldAt    time.Time // of the last quality message
}

const (
	firstWait = 200 * time.Millisecond // between two attempts to connect, doubled each time
	longWait  = 3 * time.Second
)

type dialled struct {
	link *link
	err  error
}

// run keeps the peer connected until it ends.
func (p *Peer) run() {
	defer p.wg.Done()
	defer close(p.done)
	defer p.shutDown()
	l := &p.loop
	l.lostAt = time.Now()
	results := make(chan dialled)
	retry := time.NewTimer(0)
	defer retry.Stop()
	looks := time.NewTicker(lookEvery)
	defer looks.Stop()
	for {
		var messages chan signal.ServerMessage
		if l.link != nil {
			messages = l.link.messages
		}
		select {
		case <-p.ctx.Done():
			return
		case f := <-p.work:
			f()
		case now := <-looks.C:
			p.look(now, retry)
		case <-retry.C:
			l.dialling = true
			address, attempt := p.address(), l.attempts
			p.wg.Go(func() {
				link, err := p.dial(p.ctx, address, attempt)
				select {
				case results <- dialled{link, err}:
				case <-p.ctx.Done(): // nobody takes it any more
					if link != nil {
						link.close()
					}
				}
			})
		case r := <-results:
			l.dialling = false
			if !p.connected(r, retry) {
				return
			}
		case m, ok := <-messages:
			if ok {
				p.handle(m)
			} else {
				p.unlinked(retry)
			}
		}
	}
}

// connected takes the result of dial. It reports whether to go on.
func (p *Peer) connected(r dialled, retry *time.Timer) bool {
	l := &p.loop
	switch {
	case r.err == nil:
		l.link, l.welcome = r.link, false
		p.write(p.hello())
		return true
	case p.ctx.Err() != nil:
		return false
	case l.joined != nil && !p.opts.Patient: // the first attempt: the caller decides
		p.fail(r.err)
		return false
	case errors.Is(r.err, ErrRefused):
		p.fail(r.err)
		return false
	case p.opts.GiveUp > 0 && time.Since(l.lostAt) > p.opts.GiveUp:
		p.fail(errors.Join(ErrGaveUp, r.err))
		return false
	}
	p.log.Debug("cannot connect", "err", r.err)
	p.again(retry)
	return true
}

// unlinked notes that the websocket is lost and connects again.
func (p *Peer) unlinked(retry *time.Timer) {
	l := &p.loop
	code := l.link.code
	l.link = nil
	p.setLinked(false)
	if l.joined != nil && !p.opts.Patient {
		p.fail(errors.New("the room closed the connection before it let the peer in"))
		return
	}
	if l.welcome {
		l.welcome = false
		l.lostAt = time.Now()
		if time.Since(l.joinedAt) > steady { // else it is not to be asked again at full speed
			l.attempts = 0
		}
	}
	if code == signal.CloseError { // the room's end of the media is gone
		l.fresh = true
	}
	for _, pub := range l.published {
		pub.pause(false) // who comes meanwhile cannot be told of
	}
	p.log.Info("connection lost", "code", code)
	p.again(retry)
}

// again sets the time of the next attempt.
func (p *Peer) again(retry *time.Timer) {
	l := &p.loop
	wait := min(firstWait<<min(l.attempts, 10), longWait)
	l.attempts++
	retry.Reset(wait/2 + rand.N(wait/2)) // not all at once, after a restart of the server
}

// fail ends the peer with err.
func (p *Peer) fail(err error) {
	p.end(err)
	p.settle(err)
}

// settle answers Join, once.
func (p *Peer) settle(err error) {
	if p.loop.joined != nil {
		p.loop.joined <- err
		p.loop.joined = nil
	}
}

// write sends m if there is a link. A write that fails ends the link: the reader notices.
func (p *Peer) write(m signal.ClientMessage) {
	l := p.loop.link
	if l == nil {
		return
	}
	if err := l.send(m); err != nil {
		p.log.Debug("cannot send", "err", err)
		l.close()
	}
}

// shutDown says goodbye and frees everything the loop owns.
func (p *Peer) shutDown() {
	l := &p.loop
	if l.link != nil {
		p.write(signal.Leave{})
		l.link.drain(leaveTimeout) // else the end of the media may be seen before the goodbye
		l.link.close()
	}
	p.settle(ErrClosed)
	if l.pc != nil {
		l.pc.close()
	}
	for _, pub := range l.published {
		pub.stop()
	}
	p.setLinked(false)
}
