package dependency

// Bounds of a structure: the first two are the format's, the third is ours (no codec has as many references).
const (
	maxTemplates  = 64
	maxTargets    = 32
	maxDiffs      = 16
	maxSpatialID  = 3
	maxTemporalID = 7
	templateMask  = maxTemplates - 1
)

// Indication is what a frame is to a decode target (DTI, table A.2).
type Indication uint8

// Indications.
const (
	NotPresent  Indication = iota // not part of it
	Discardable                   // part of it; no other frame of it refers to this one
	Switch                        // part of it; when this frame can be decoded, so can all later ones of the target
	Required                      // part of it, and neither
)

// Template is what frames of one kind have in common.
type Template struct {
	Spatial, Temporal uint8
	Indications       []Indication // by decode target
	Diffs             []uint16     // distances to the frames that it refers to, 1 or more
	ChainDiffs        []uint8      // by chain: distance to the last frame of the chain, 0: the chain begins here
}

// Layer is the highest layer that a decode target has.
type Layer struct{ Spatial, Temporal uint8 }

// Size is in pixels.
type Size struct{ Width, Height int }

// Structure is what the frames of a coded video sequence refer to. It is not modified once it has been read.
type Structure struct {
	Offset      uint8 // template id of the first template
	Templates   []Template
	Targets     []Layer // by decode target
	ProtectedBy []uint8 // by decode target: its chain; nil without chains
	Chains      int
	Sizes       []Size // by spatial layer; nil: not told
}

// AllTargets is the mask with the bits of all decode targets.
func (s *Structure) AllTargets() uint32 { return uint32(1<<len(s.Targets) - 1) }

// Highest is the decode target with the highest spatial layer, and the highest temporal one in it.
func (s *Structure) Highest() (best int) {
	for i, t := range s.Targets {
		if o := s.Targets[best]; t.Spatial > o.Spatial || t.Spatial == o.Spatial && t.Temporal > o.Temporal {
			best = i
		}
	}
	return best
}

// Within is the mask of the decode targets that have no layer above the given one.
func (s *Structure) Within(l Layer) (mask uint32) {
	for i, t := range s.Targets {
		if t.Spatial <= l.Spatial && t.Temporal <= l.Temporal {
			mask |= 1 << i
		}
	}
	return mask
}

// readStructure reads template_dependency_structure(); nil when it is not valid.
func readStructure(r *bitReader) *Structure {
	s := &Structure{Offset: uint8(r.bits(6))}
	targets := int(r.bits(5)) + 1
	spatial, temporal, more := uint32(0), uint32(0), true
	for more {
		if len(s.Templates) == maxTemplates || spatial > maxSpatialID || temporal > maxTemporalID {
			return nil
		}
		s.Templates = append(s.Templates, Template{Spatial: uint8(spatial), Temporal: uint8(temporal)})
		switch r.bits(2) {
		case 1:
			temporal++
		case 2:
			spatial, temporal = spatial+1, 0
		case 3:
			more = false
		}
		if r.over {
			return nil
		}
	}
	s.readIndications(r, targets)
	for i := range s.Templates {
		t := &s.Templates[i]
		for r.flag() {
			if len(t.Diffs) == maxDiffs {
				return nil
			}
			t.Diffs = append(t.Diffs, uint16(r.bits(4))+1)
		}
	}
	s.readChains(r)
	if r.flag() {
		s.Sizes = make([]Size, spatial+1)
		for i := range s.Sizes {
			s.Sizes[i] = Size{int(r.bits(16)) + 1, int(r.bits(16)) + 1}
		}
	}
	if r.over {
		return nil
	}
	return s
}

func (s *Structure) readIndications(r *bitReader, targets int) {
	s.Targets = make([]Layer, targets)
	all := make([]Indication, targets*len(s.Templates))
	for i := range s.Templates {
		t := &s.Templates[i]
		t.Indications = all[i*targets : (i+1)*targets]
		for d := range t.Indications {
			t.Indications[d] = Indication(r.bits(2))
			if t.Indications[d] != NotPresent {
				s.Targets[d].Spatial = max(s.Targets[d].Spatial, t.Spatial)
				s.Targets[d].Temporal = max(s.Targets[d].Temporal, t.Temporal)
			}
		}
	}
}

func (s *Structure) readChains(r *bitReader) {
	s.Chains = int(r.nonSymmetric(uint32(len(s.Targets)) + 1))
	if s.Chains == 0 {
		return
	}
	s.ProtectedBy = make([]uint8, len(s.Targets))
	for d := range s.ProtectedBy {
		s.ProtectedBy[d] = uint8(r.nonSymmetric(uint32(s.Chains)))
	}
	all := make([]uint8, s.Chains*len(s.Templates))
	for i := range s.Templates {
		t := &s.Templates[i]
		t.ChainDiffs = all[i*s.Chains : (i+1)*s.Chains]
		for c := range t.ChainDiffs {
			t.ChainDiffs[c] = uint8(r.bits(4))
		}
	}
}

// write appends the structure.
func (s *Structure) write(w *bitWriter) {
	w.bits(uint32(s.Offset), 6)
	w.bits(uint32(len(s.Targets))-1, 5)
	for i, t := range s.Templates {
		next := uint32(3)
		if i+1 < len(s.Templates) {
			switch n := s.Templates[i+1]; {
			case n.Spatial != t.Spatial:
				next = 2
			case n.Temporal != t.Temporal:
				next = 1
			default:
				next = 0
			}
		}
		w.bits(next, 2)
	}
	for _, t := range s.Templates {
		for _, d := range t.Indications {
			w.bits(uint32(d), 2)
		}
	}
	for _, t := range s.Templates {
		for _, d := range t.Diffs {
			w.flag(true)
			w.bits(uint32(d)-1, 4)
		}
		w.flag(false)
	}
	w.nonSymmetric(uint32(s.Chains), uint32(len(s.Targets))+1)
	if s.Chains > 0 {
		for _, c := range s.ProtectedBy {
			w.nonSymmetric(uint32(c), uint32(s.Chains))
		}
		for _, t := range s.Templates {
			for _, c := range t.ChainDiffs {
				w.bits(uint32(c), 4)
			}
		}
	}
	w.flag(s.Sizes != nil)
	for _, size := range s.Sizes {
		w.bits(uint32(size.Width)-1, 16)
		w.bits(uint32(size.Height)-1, 16)
	}
}
