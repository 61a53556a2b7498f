package history

import (
	"container/list"
	"sync"

	"citybrain/city"
)

// cache keeps segments open and the keys of entities decoded, those used last,
// within a bound of memory. It is safe for concurrent use.
type cache struct {
	mu    sync.Mutex
	bound int64
	used  int64
	order *list.List // of *cached, used last in front
	items map[cacheKey]*list.Element
}

// cacheKey names a segment's file, or with an entity the keys of that entity.
type cacheKey struct {
	segment *segment
	entity  city.EntityID
}

type cached struct {
	key   cacheKey
	size  int64
	file  *openFile
	keys  *keys
	users int // of file
	gone  bool
}

func newCache(bound int64) *cache {
	return &cache{bound: bound, order: list.New(), items: map[cacheKey]*list.Element{}}
}

// read reads the selected readings of an entity from g.
func (c *cache) read(g *segment, id city.EntityID, s *selection) (found []Reading, err error) {
	err = c.with(g, func(o *openFile) error {
		found, err = o.readings(id, s)
		return err
	})
	return found, err
}

// has says whether g holds a reading of an entity by a source at a moment.
func (c *cache) has(g *segment, id city.EntityID, s city.SourceID, at city.Instant) (bool, error) {
	if k := c.find(cacheKey{g, id}); k != nil {
		return k.keys.has(s, at), nil
	}
	var k *keys
	err := c.with(g, func(o *openFile) (err error) {
		from, to := o.index.rows(id)
		if from == to {
			k = &keys{}
			return nil
		}
		k, err = o.keys(from, to)
		return err
	})
	if err != nil {
		return false, err
	}
	c.add(&cached{key: cacheKey{g, id}, size: k.size() + int64(len(id)), keys: k})
	return k.has(s, at), nil
}

// with calls fn with the open file of g.
func (c *cache) with(g *segment, fn func(*openFile) error) error {
	item := c.find(cacheKey{segment: g})
	if item == nil {
		file, err := g.open()
		if err != nil {
			return err
		}
		item = c.add(&cached{key: cacheKey{segment: g}, size: file.size, file: file, users: 1})
	}
	defer c.release(item)
	if err := fn(item.file); err != nil {
		c.forget(item)
		return g.damaged("cannot be read", err)
	}
	return nil
}

// forget drops a file that failed, so that the next use opens and verifies it
// anew: somebody may have restored it.
func (c *cache) forget(item *cached) {
	c.mu.Lock()
	defer c.mu.Unlock()
	item.key.segment.distrust()
	if e := c.items[item.key]; e != nil && e.Value.(*cached) == item {
		c.drop(e)
	}
}

// find is what is kept under a key, or nil. A file must be released.
func (c *cache) find(k cacheKey) *cached {
	c.mu.Lock()
	defer c.mu.Unlock()
	e := c.items[k]
	if e == nil {
		return nil
	}
	c.order.MoveToFront(e)
	item := e.Value.(*cached)
	item.users++
	return item
}

// add keeps an item, or if another has been faster, drops it for that one.
func (c *cache) add(item *cached) *cached {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e := c.items[item.key]; e != nil {
		item.close()
		there := e.Value.(*cached)
		there.users++
		return there
	}
	c.items[item.key] = c.order.PushFront(item)
	c.used += item.size
	for c.used > c.bound && c.order.Len() > 1 {
		c.drop(c.order.Back())
	}
	return item
}

func (c *cache) drop(e *list.Element) {
	item := e.Value.(*cached)
	c.order.Remove(e)
	delete(c.items, item.key)
	c.used -= item.size
	item.gone = true
	if item.users == 0 {
		item.close()
	}
}

func (c *cache) release(item *cached) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if item.users--; item.users == 0 && item.gone {
		item.close()
	}
}

func (i *cached) close() {
	if i.file != nil {
		i.file.file.Close()
	}
}

func (c *cache) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for c.order.Len() > 0 {
		c.drop(c.order.Back())
	}
}
