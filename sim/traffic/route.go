package traffic

import "math"

// Habits is how many ways of choosing a route there are. Drivers of habit 0
// follow the state of the streets; the others have each their own idea of what
// a link costs and notice only that it is closed.
const Habits = 4

// routes are, for each habit and destination, the link to take at each node.
type routes struct {
	next [Habits][][]int32
	heap heap
	cost []float64
}

func newRoutes(nodes int) routes {
	var r routes
	for h := range r.next {
		r.next[h] = make([][]int32, nodes)
		for d := range r.next[h] {
			r.next[h][d] = make([]int32, nodes)
		}
	}
	r.cost = make([]float64, nodes)
	return r
}

// learn finds the cheapest ways to every destination. A cost of +Inf closes a
// link.
func (r *routes) learn(n *Network, habit int, cost func(link int) float64) {
	costs := make([]float64, len(n.Links))
	for i := range costs {
		costs[i] = cost(i)
	}
	for d := range n.Nodes() {
		r.ways(n, d, costs, r.next[habit][d])
	}
}

// ways runs Dijkstra's algorithm backwards from a destination. A node from
// which there is no way has −1.
func (r *routes) ways(n *Network, to int, costs []float64, next []int32) {
	for i := range next {
		next[i], r.cost[i] = -1, math.Inf(1)
	}
	r.cost[to] = 0
	r.heap = append(r.heap[:0], reached{0, int32(to)})
	for len(r.heap) > 0 {
		at := r.heap.pop()
		if at.cost > r.cost[at.node] {
			continue
		}
		for _, l := range n.in[at.node] {
			from, c := n.Links[l].From, at.cost+costs[l]
			if c < r.cost[from] {
				r.cost[from], next[from] = c, l
				r.heap.push(reached{c, int32(from)})
			}
		}
	}
}

type reached struct {
	cost float64
	node int32
}

// heap is a binary heap; equal costs come in the order of nodes, so that routes
// depend on nothing but the costs.
type heap []reached

func (h heap) less(i, j int) bool {
	return h[i].cost < h[j].cost || h[i].cost == h[j].cost && h[i].node < h[j].node
}

func (h *heap) push(v reached) {
	*h = append(*h, v)
	for i := len(*h) - 1; i > 0; {
		up := (i - 1) / 2
		if !h.less(i, up) {
			break
		}
		(*h)[i], (*h)[up] = (*h)[up], (*h)[i]
		i = up
	}
}

func (h *heap) pop() reached {
	old := *h
	top, n := old[0], len(old)-1
	old[0] = old[n]
	*h = old[:n]
	for i := 0; ; {
		down := 2*i + 1
		if down >= n {
			break
		}
		if down+1 < n && h.less(down+1, down) {
			down++
		}
		if !h.less(down, i) {
			break
		}
		(*h)[i], (*h)[down] = (*h)[down], (*h)[i]
		i = down
	}
	return top
}

// Way is the cheapest way from one node to another, empty if there is none.
func (n *Network) Way(from, to int, cost func(link int) float64) []int32 {
	r := routes{cost: make([]float64, n.Nodes())}
	costs := make([]float64, len(n.Links))
	for i := range costs {
		costs[i] = cost(i)
	}
	next := make([]int32, n.Nodes())
	r.ways(n, to, costs, next)
	var way []int32
	for at := from; at != to && next[at] >= 0; at = n.Links[next[at]].To {
		way = append(way, next[at])
	}
	return way
}
