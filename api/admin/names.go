package admin

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"citybrain/city"
)

// A name that the city does not have would match nothing, and silently: it is
// refused with the names there are. What is stored keeps the names of rules and
// feeds that the city had before; those match too.

// resolve checks the names in f and completes the rule's.
func (h *Handler) resolve(ctx context.Context, f *SituationFilter) (err error) {
	for _, t := range f.Types {
		if err := h.checkType(ctx, t); err != nil {
			return err
		}
	}
	if f.Rule != "" {
		if f.Rule, err = h.rule(ctx, f.Rule); err != nil {
			return err
		}
	}
	if f.Entity != "" {
		if why := city.CheckEntityID(f.Entity); why != "" {
			return city.InvalidField("admin", "entity", "%q %s", f.Entity, why)
		}
	}
	return nil
}

// checkType fails unless a rule raises situations of type t, or one has.
func (h *Handler) checkType(ctx context.Context, t string) error {
	names := make([]string, len(h.City.Rules))
	for i, r := range h.City.Rules {
		if names[i] = withoutPack(r.ID); names[i] == t {
			return nil
		}
	}
	return h.unlessRaised(ctx, SituationFilter{Types: []string{t}}, "type", t, names)
}

// rule is the id of the rule with a name: its id, or what is behind the pack
// where only one pack has it.
func (h *Handler) rule(ctx context.Context, name city.RuleID) (city.RuleID, error) {
	ids := make([]string, len(h.City.Rules))
	var short []string
	for i, r := range h.City.Rules {
		if r.ID == name {
			return name, nil
		}
		ids[i] = string(r.ID)
		if withoutPack(r.ID) == string(name) {
			short = append(short, ids[i])
		}
	}
	switch len(short) {
	case 0:
		return name, h.unlessRaised(ctx, SituationFilter{Rule: name}, "rule", string(name), ids)
	case 1:
		return city.RuleID(short[0]), nil
	}
	return "", city.InvalidField("admin", "rule", "%q is a rule of several packs: %s", name, listed(short))
}

func (h *Handler) unlessRaised(ctx context.Context, f SituationFilter, field, name string, known []string) error {
	f.Limit = 1
	raised, err := h.Situations.Situations(ctx, f)
	if err != nil || len(raised) > 0 {
		return err
	}
	return unknownName(field, name, known)
}

// checkFeed fails unless the city has the feed, or rows of it are in quarantine.
func (h *Handler) checkFeed(ctx context.Context, id city.FeedID) error {
	feeds, err := h.Feeds.Feeds(ctx)
	if err != nil {
		return err
	}
	known := make([]string, len(feeds))
	for i := range feeds {
		if feeds[i].ID == id {
			return nil
		}
		known[i] = string(feeds[i].ID)
	}
	rows, err := h.Quarantine.Quarantine(ctx, QuarantineFilter{Feed: id, Limit: 1})
	if err != nil || len(rows) > 0 {
		return err
	}
	return unknownName("feed", string(id), known)
}

func withoutPack(id city.RuleID) string {
	return string(id[strings.LastIndexByte(string(id), '/')+1:])
}

func unknownName(field, name string, known []string) error {
	if len(known) == 0 {
		return city.InvalidField("admin", field, "the city has no %s %q, and no other", field, name)
	}
	return city.InvalidField("admin", field, "the city has no %s %q; it has %s", field, name, listed(known))
}

// maxListed bounds the names in one error text.
const maxListed = 50

// listed is a list of names in words, in order and each once.
func listed(names []string) string {
	names = slices.Compact(slices.Sorted(slices.Values(names)))
	more := ""
	if n := len(names) - maxListed; n > 0 {
		names, more = names[:maxListed], " and "+strconv.Itoa(n)+" more"
	}
	return strings.Join(names, ", ") + more
}
