package casework

import (
	"slices"
	"strings"

	"citybrain/city"
)

// Transition makes one move: the case after it and the line for its timeline,
// or why it may not be made, as a *Refusal. It is pure: it changes neither c nor
// what cmd points to, and the same arguments give the same answer. A move is
// never earlier than the one before it, even if now is.
//
// The whole of it is the table that docs/casework.md shows.
func Transition(c Case, cmd Command, now city.Instant) (Case, Move, error) {
	cmd.Text, cmd.Order = cleanText(cmd.Text), cleanText(cmd.Order)
	t := &turn{c: c.clone(), cmd: &cmd, now: max(now, c.ChangedAt)}
	l, refusal := t.admit()
	if refusal != nil {
		return Case{}, Move{}, refusal
	}
	from := t.c.State
	if l.to != "" {
		t.c.State = l.to
	}
	l.apply(t)
	t.c.Version++
	t.c.ChangedAt = t.now
	t.c.Touched = t.c.Touched || cmd.Actor.Program == ""
	return t.c, t.move(from), nil
}

// turn is one move being made.
type turn struct {
	c    Case
	cmd  *Command
	now  city.Instant
	task *Task // whose task is meant, in c
	post city.Post
}

func (c Case) clone() Case {
	c.Tasks, c.From, c.Files = slices.Clone(c.Tasks), slices.Clone(c.From), slices.Clone(c.Files)
	return c
}

func (t *turn) move(from State) Move {
	c := t.cmd
	m := Move{Case: t.c.ID, Seq: t.c.Version, At: t.now, Verb: c.Verb, Account: c.Actor.Account, Program: c.Actor.Program,
		Post: t.post.ID, By: t.post.Agency, From: from, To: t.c.State, Text: c.Text}
	switch c.Verb {
	case Dispatch:
		m.Agency, m.Assists, m.Text = c.Agency, slices.Clone(c.Assists), c.order()
	case Assist:
		m.Agency, m.Text = c.Agency, c.order()
	case Accept, Return, Finish, Redo, Withdraw:
		m.Agency = c.Agency
	case Reject, Close:
		m.Agency = t.c.Lead().Agency
	case Merge, Absorb:
		m.Into = c.Into
	case Attach:
		m.File = c.File.Hash
	case Cleared:
		m.Text = c.Cleared.ClearedReason
	}
	return m
}

// order is what the actor asks of the agencies in their own words.
func (c *Command) order() string {
	if c.Order != "" {
		return c.Order
	}
	return c.Text
}

// admit finds the line of the table that the command follows, or refuses.
func (t *turn) admit() (*line, *Refusal) {
	known, aboutTask := isVerb(t.cmd.Verb)
	if !known {
		return nil, lacking("verb", GuardValue, city.Names{ZH: "没有这种操作", EN: "there is no such move"})
	}
	if r := firstOf(t.cmd.check(), t.checkVersion()); r != nil {
		return nil, r
	}
	at := noSeat
	if aboutTask {
		at = t.findTask()
	}
	l, r := t.choose(at)
	if r == nil {
		r = l.refuses(t)
	}
	if r == nil {
		r = t.lacks(l)
	}
	if r != nil {
		if r.Who == nil && l != nil {
			r.Who, _ = t.c.who(l.who, t.cmd.Agency)
		}
		return nil, r
	}
	return l, nil
}

// findTask looks for the task of the command's agency. An agency without one is
// treated as assisting, so that it is told who could and then that it has none.
func (t *turn) findTask() seat {
	t.task = t.c.task(t.cmd.Agency)
	if t.task != nil && t.task.Lead {
		return leadSeat
	}
	return assistSeat
}

// choose finds the line of the command's verb for where the case stands: who may
// is looked at before where it stands.
func (t *turn) choose(at seat) (*line, *Refusal) {
	lines := linesOf(t.cmd.Verb, at)
	if len(lines) == 0 { // redo of the lead's task
		return nil, refuse(city.Conflict, GuardTask, city.Names{ZH: "%s是主办单位，其处置由核查退回", EN: "%s leads the case: its handling is sent back by reject"}, t.cmd.Agency)
	}
	i := slices.IndexFunc(lines, func(l *line) bool { return slices.Contains(l.from, t.c.State) })
	roles := lines[max(i, 0)].who
	if i < 0 {
		for _, l := range lines[1:] {
			roles = append(slices.Clone(roles), l.who...)
		}
	}
	who, unknown := t.c.who(roles, t.cmd.Agency)
	post, refusal := acting(&t.cmd.Actor, who)
	if refusal != nil && (i >= 0 || !unknown || len(who) > 0) {
		return nil, refusal
	}
	t.post = post
	if lines[0].task != noSeat && t.task == nil {
		return nil, t.noTask(who)
	}
	if i < 0 {
		r := t.wrongState(lines)
		r.Who = who
		return nil, r
	}
	return lines[i], nil
}

func (t *turn) noTask(who []Who) *Refusal {
	if t.c.State == Closed {
		r := refuse(city.Conflict, GuardState, city.Names{ZH: "案件已结案", EN: "the case is closed"})
		r.Who = who
		return r
	}
	r := refuse(city.Conflict, GuardTask, city.Names{ZH: "%s在该案件中没有任务", EN: "%s has no task in this case"}, t.cmd.Agency)
	if t.cmd.Agency == "" {
		r = lacking("agency", GuardNeeds, needTexts[needAgency])
	}
	r.Who = who
	return r
}

func (t *turn) wrongState(lines []*line) *Refusal {
	var zh, en []string
	for _, s := range States {
		if slices.ContainsFunc(lines, func(l *line) bool { return slices.Contains(l.from, s) }) {
			zh, en = append(zh, "“"+StateNames[s].ZH+"”"), append(en, StateNames[s].EN)
		}
	}
	now := StateNames[t.c.State]
	return refuse(city.Conflict, GuardState, city.Names{
		ZH: "案件处于“" + now.ZH + "”，该操作只能在" + strings.Join(zh, "、") + "时进行",
		EN: "the case is " + now.EN + "; this can be done while it is " + strings.Join(en, ", "),
	})
}

func (t *turn) checkVersion() *Refusal {
	switch {
	case t.cmd.Actor.Program != "" || t.cmd.Verb == Absorb || t.cmd.Version == t.c.Version:
		return nil
	case t.cmd.Version <= 0:
		return lacking("version", GuardVersion, city.Names{ZH: "请给出所见案件的版本", EN: "say which version of the case you saw"})
	}
	return refuse(city.Conflict, GuardVersion, city.Names{ZH: "案件在您查看之后已有变化", EN: "the case has changed since you looked"})
}
