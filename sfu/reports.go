package sfu

import (
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/webrtc/v4"
)

// reportInterval is how often a peer gets sender and receiver reports; RFC 3550, section 6.2 allows more for the
// bandwidths of video, and browsers do the same.
const reportInterval = time.Second

// uplinkBitrate is what a publisher that does not number its packets for transport-wide feedback is allowed for each of
// its video layers at most, bit/s (draft-alvestrand-rmcat-remb-03); less after losses.
const uplinkBitrate = 2_500_000

// reportsInPacket keeps a compound packet of reports below the smallest usual MTU.
const reportsInPacket = 20

// sendReports is the work of the peer's report timer, on the room's wheel.
func (p *Peer) sendReports(now time.Time) {
	if !p.connected.Load() {
		return
	}
	p.reportTimer.Set(p.room.wheel.Next(now, reportInterval))
	p.measurePath()
	p.needTimer.SetEarlier(now) // the sizes of layers may have become known
	sent, _ := p.audioSent()
	p.redundancy.again(0, sent, now)
	p.sendReceiverReports(now)
	p.sendSenderReports(now)
}

func (p *Peer) sendReceiverReports(now time.Time) {
	var blocks []rtcp.ReceptionReport
	var video []uint32
	received, worst := uint64(0), uint8(0)
	for _, r := range p.routes.Load().receivers {
		for _, l := range *r.layers.Load() {
			l.mu.Lock()
			report, ok := l.reception.Report(now)
			l.mu.Unlock()
			if !ok {
				continue
			}
			if r.track.Kind == KindVideo {
				video = append(video, l.ssrc)
				received += l.bitrate(now)
				worst = max(worst, report.FractionLost)
			}
			blocks = append(blocks, rtcp.ReceptionReport{
				SSRC: l.ssrc, FractionLost: report.FractionLost, TotalLost: uint32(min(max(report.TotalLost, 0), 1<<23-1)),
				LastSequenceNumber: report.Highest, Jitter: report.Jitter,
				LastSenderReport: report.LastSR, Delay: report.Delay,
			})
		}
	}
	for len(blocks) > 0 {
		n := min(len(blocks), reportsInPacket)
		p.writeRTCP(&rtcp.ReceiverReport{SSRC: p.ssrc, Reports: blocks[:n]})
		blocks = blocks[n:]
	}
	if len(video) > 0 && !p.up.used.Load() {
		p.up.limit.Reported(1<<8, int64(worst), received)
		allowed := uint64(uplinkBitrate * len(video))
		if estimate, ok := p.up.limit.Estimate(0); ok {
			allowed = min(allowed, estimate)
		}
		p.writeRTCP(&rtcp.ReceiverReport{SSRC: p.ssrc}, &rtcp.ReceiverEstimatedMaximumBitrate{
			SenderSSRC: p.ssrc, Bitrate: float32(allowed), SSRCs: video,
		})
	}
}

func (p *Peer) sendSenderReports(now time.Time) {
	var reports []rtcp.Packet
	for _, s := range *p.senders.Load() {
		if r := s.report(now); r != nil {
			reports = append(reports, r)
		}
		if len(reports) == reportsInPacket {
			p.writeRTCP(reports...)
			reports = reports[:0]
		}
	}
	if len(reports) > 0 {
		p.writeRTCP(reports...)
	}
}

// writeRTCP sends packets to the peer, or drops them while the connection is not up: it is called with link.mu held, and Pion's
// ICE waits for who reads from it, who may wait for link.mu, when it lets go of its path in a restart or a failure.
func (p *Peer) writeRTCP(packets ...rtcp.Packet) {
	if !p.connected.Load() || p.state.Load() != int32(webrtc.PeerConnectionStateConnected) || !p.describing.TryRLock() {
		return
	}
	defer p.describing.RUnlock()
	_ = p.pc.WriteRTCP(packets)
}

// measured notes a round-trip time to the peer. It is smoothed as TCP does it (RFC 6298, section 2) when it falls, and
// follows faster when it rises: reports are few, and asking again before an answer can be there helps nobody.
func (p *Peer) measured(rtt time.Duration) {
	old := p.rtt.Load()
	switch {
	case old == 0:
		p.rtt.Store(int64(rtt))
	case int64(rtt) > old:
		p.rtt.Store(old + (int64(rtt)-old)/2)
	default:
		p.rtt.Store(old + (int64(rtt)-old)/8)
	}
	p.rttFromReports.Store(true)
}

// measurePath takes the round-trip time from ICE's checks for peers that only publish.
func (p *Peer) measurePath() {
	if p.rttFromReports.Load() {
		return
	}
	if t := iceTransport(p.pc); t != nil {
		if stats, ok := t.GetSelectedCandidatePairStats(); ok && stats.CurrentRoundTripTime > 0 {
			p.rtt.Store(int64(stats.CurrentRoundTripTime * float64(time.Second)))
		}
	}
}

func iceTransport(pc *webrtc.PeerConnection) *webrtc.ICETransport {
	if dtls := pc.SCTP().Transport(); dtls != nil {
		return dtls.ICETransport()
	}
	return nil
}

// roundTrip is the round-trip time to the peer, 0 when unknown.
func (p *Peer) roundTrip() time.Duration { return time.Duration(p.rtt.Load()) }
