package window

import "citybrain/city"

// leave drops entries that no value asks for any more.
func (s *State) leave(shape *Shape) {
	switch shape.Kind {
	case Sliding:
		s.drop(shape, s.newest-micro(shape.span()))
	case Hopping:
		// A span between edges is at most twice Every long, on days when clocks change.
		s.drop(shape, s.newest-micro(shape.span()+4*shape.Every))
	case Readings:
		horizon := s.newest - micro(shape.Late)
		for size := uint32(shape.Size); s.ring.tail-s.ring.head > size && s.ring.pt(s.ring.head+size).at <= horizon; {
			s.dropHead(shape)
		}
	}
}

// drop drops entries at or before an instant.
func (s *State) drop(shape *Shape, until city.Instant) {
	for s.ring.head != s.ring.tail && s.ring.pt(s.ring.head).at <= until {
		s.dropHead(shape)
	}
}

func (s *State) dropHead(shape *Shape) {
	s.view.leaving(s, shape)
	s.gone = s.ring.pt(s.ring.head).at
	s.ring.head++
}

func (s *State) full(shape *Shape) bool {
	return s.ring.len() >= int(min(max(s.room, 8), uint32(shape.max())))
}

// makeRoom sees to it that one more entry fits.
func (s *State) makeRoom(shape *Shape) {
	if !s.full(shape) {
		return
	}
	s.room = max(s.room, 8)
	most := uint32(shape.max())
	if shape.Kind == Session {
		s.leaveSessions(shape)
	}
	exact := shape.Kind == Hopping || shape.Kind == Session
	if shape.Fold.merges() && shape.Kind != Readings && (exact || s.room >= most) {
		s.compact(shape, s.open(shape, s.room >= most))
	}
	if s.room < most {
		if s.ring.len() > int(s.room/2) {
			s.room = min(2*s.room, most)
		}
		return
	}
	if s.full(shape) {
		s.lose(shape)
	}
}

// lose drops entries that had better been kept.
func (s *State) lose(shape *Shape) {
	n := uint32(1)
	if shape.Kind == Session {
		n = uint32(s.ring.len()+3) / 4 // its value is unknown until it is over
	}
	for ; n > 0; n-- {
		if shape.Kind != Readings {
			s.lost++
		}
		s.dropHead(shape)
	}
}

// open is the first entry that must stay by itself because a late point might
// come before it or repeat it. When there are too many of them the older are
// closed.
func (s *State) open(shape *Shape, force bool) uint32 {
	i := s.ring.after(s.newest - micro(shape.Late) - 1)
	if most := uint32(shape.max() / 4); force && s.ring.tail-i > most {
		i = s.ring.tail - most
		s.floor = max(s.floor, s.ring.pt(i-1).at)
		for i != s.ring.tail && s.ring.pt(i).at <= s.floor {
			i++ // of one instant, which is closed as a whole
		}
	}
	return i
}

// compact merges neighbours before entry end that count together.
func (s *State) compact(shape *Shape, end uint32) {
	if end-s.ring.head < 2 {
		return
	}
	s.ring.widen()
	s.view.stale = true
	w := s.ring.head
	for i := w + 1; i != s.ring.tail; i++ {
		if i-s.ring.head < end-s.ring.head && s.together(shape, w, i) {
			s.ring.merge(shape.Fold, w, i)
			continue
		}
		w++
		*s.ring.pt(w), s.ring.ext[s.ring.slot(w)] = *s.ring.pt(i), s.ring.ext[s.ring.slot(i)]
	}
	s.ring.tail = w + 1
}

// together says whether every window that holds entry j, or hardly any other,
// holds the one after it, i.
func (s *State) together(shape *Shape, j, i uint32) bool {
	a, b := s.ring.pt(j).at, s.ring.pt(i).at
	switch shape.Kind {
	case Hopping:
		return b <= s.edges[1].until(shape, a)
	case Session:
		return s.ring.from(i)-a <= micro(shape.Gap)
	default:
		grain := int64(micro(shape.Grain()))
		return floorDiv(int64(a), grain) == floorDiv(int64(b), grain)
	}
}

// leaveSessions drops sessions that were over before the horizon and are not the
// last there.
func (s *State) leaveSessions(shape *Shape) {
	i := s.ring.after(s.newest - micro(shape.Late))
	for start := s.sessionStart(shape, i); s.ring.head != start; {
		s.dropHead(shape)
	}
}

// sessionStart is the first entry of the session of the entry before end.
func (s *State) sessionStart(shape *Shape, end uint32) uint32 {
	if end == s.ring.head {
		return end
	}
	for end--; end != s.ring.head; end-- {
		if s.ring.from(end)-s.ring.pt(end-1).at > micro(shape.Gap) {
			break
		}
	}
	return end
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}
