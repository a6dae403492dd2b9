package signal

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
)

func (m Join) check() error {
	if m.Protocol != Version {
		return fmt.Errorf("protocol is %d, should be %d", m.Protocol, Version)
	}
	if len(m.Features) > MaxTracks {
		return fmt.Errorf("features has %d entries, at most %d", len(m.Features), MaxTracks)
	}
	if m.State != nil {
		if err := object("state", m.State, MaxState); err != nil {
			return err
		}
	}
	return cmp.Or(text("name", m.Name), text("uuid", m.UUID), text("resume", m.Resume))
}

func (m ClientOffer) check() error {
	if m.SDP == "" {
		return errors.New("sdp is missing")
	}
	if len(m.Tracks) > MaxTracks {
		return fmt.Errorf("tracks has %d entries, at most %d", len(m.Tracks), MaxTracks)
	}
	mids := make(map[string]bool, len(m.Tracks))
	for i, t := range m.Tracks {
		switch {
		case t.Mid == "" || len(t.Mid) > 32:
			return fmt.Errorf("tracks[%d].mid is missing or too long", i)
		case mids[t.Mid]:
			return fmt.Errorf("tracks[%d].mid is there twice", i)
		case t.Source != SourceCamera && t.Source != SourceCamera2 && t.Source != SourceScreen:
			return fmt.Errorf("tracks[%d].source is not camera, camera2 or screen", i)
		}
		if err := mediaKind(fmt.Sprintf("tracks[%d].kind", i), t.Kind); err != nil {
			return err
		}
		mids[t.Mid] = true
	}
	return nil
}

func (m Answer) check() error {
	if m.SDP == "" {
		return errors.New("sdp is missing")
	}
	return nil
}

func (m Candidate) check() error {
	if m.Candidate == nil {
		return nil
	}
	if len(m.Candidate.Candidate) > MaxCandidate {
		return fmt.Errorf("candidate of %d bytes, at most %d", len(m.Candidate.Candidate), MaxCandidate)
	}
	return nil
}

func (m State) check() error { return object("state", m.State, MaxState) }

func (m ClientText) check() error {
	if m.Topic == "" || len(m.Topic) > MaxTopic {
		return fmt.Errorf("topic has %d bytes, should have 1 to %d", len(m.Topic), MaxTopic)
	}
	if len(m.Data) > MaxData {
		return fmt.Errorf("data of %d bytes, at most %d", len(m.Data), MaxData)
	}
	return text("to", m.To)
}

func (m ClientMute) check() error {
	if m.Peer == "" {
		return errors.New("peer is missing")
	}
	return mediaKind("kind", m.Kind)
}

func (m Request) check() error {
	switch m.Action {
	case ActionStop:
		return nil
	case ActionRemove:
		if m.Kind != KindUser && m.Kind != KindParticipant && m.Kind != KindDevice {
			return errors.New("kind is not user, participant or device")
		}
		if m.UUID == "" {
			return errors.New("uuid is missing")
		}
		return text("uuid", m.UUID)
	}
	return errors.New("action is not stop or remove")
}

func (m View) check() error {
	if len(m.Tracks) > 4*MaxTracks {
		return fmt.Errorf("tracks has %d entries, at most %d", len(m.Tracks), 4*MaxTracks)
	}
	for i, t := range m.Tracks {
		if t.Width < 0 || t.Width > MaxSize || t.Height < 0 || t.Height > MaxSize {
			return fmt.Errorf("tracks[%d] is larger than %d or negative", i, MaxSize)
		}
		if err := text("track", t.Track); err != nil {
			return err
		}
	}
	return nil
}

func (m Renew) check() error {
	if m.Track == "" {
		return errors.New("track is missing")
	}
	return text("track", m.Track)
}

func text(field, s string) error {
	if len(s) > MaxText {
		return fmt.Errorf("%s of %d bytes, at most %d", field, len(s), MaxText)
	}
	return nil
}

func mediaKind(field, s string) error {
	if s != KindAudio && s != KindVideo {
		return fmt.Errorf("%s is not audio or video", field)
	}
	return nil
}

// object checks that raw, known to be valid JSON, is an object of at most max bytes.
func object(field string, raw json.RawMessage, max int) error {
	if len(raw) > max {
		return fmt.Errorf("%s of %d bytes, at most %d", field, len(raw), max)
	}
	if !bytes.HasPrefix(bytes.TrimLeft(raw, " \t\r\n"), []byte("{")) {
		return fmt.Errorf("%s is not an object", field)
	}
	return nil
}
