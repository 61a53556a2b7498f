package traffic

// Link is a directed piece of street as it was built.
type Link struct {
	From, To int     // nodes
	Length   float64 // metres
	Lanes    int
	FreeFlow float64 // metres a second
	// Capacity is how many cars a second leave it where nothing holds them up.
	Capacity float64
}

// carLength is the road that a standing car takes, in metres.
const carLength = 7.5

// Room is how many cars fit on the link.
func (l *Link) Room() int { return max(int(l.Length*float64(l.Lanes)/carLength), 4) }

// FreeTime is the seconds that a car takes that nothing holds up.
func (l *Link) FreeTime() float64 { return l.Length / l.FreeFlow }

// Network is the links by the nodes that they join. It is immutable.
type Network struct {
	Links []Link
	out   [][]int32 // links by their first node
	in    [][]int32
}

// NewNetwork joins links; nodes are numbered from 0 without gaps.
func NewNetwork(nodes int, links []Link) *Network {
	n := &Network{Links: links, out: make([][]int32, nodes), in: make([][]int32, nodes)}
	for i := range links {
		n.out[links[i].From] = append(n.out[links[i].From], int32(i))
		n.in[links[i].To] = append(n.in[links[i].To], int32(i))
	}
	return n
}

// Nodes is how many nodes there are.
func (n *Network) Nodes() int { return len(n.out) }

// Into lists the links that end where a link begins, without its own way back.
func (n *Network) Into(link int) []int {
	var out []int
	for _, i := range n.in[n.Links[link].From] {
		if n.Links[i].From != n.Links[link].To {
			out = append(out, int(i))
		}
	}
	return out
}

// OutOf lists the links that begin at a node.
func (n *Network) OutOf(node int) []int32 { return n.out[node] }
