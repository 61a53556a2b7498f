package casework

import (
	"slices"
	"time"

	"citybrain/city"
)

// What the lines of the table do to a case. The state that a line names is set
// before.

func (t *turn) stay() {}

func (t *turn) refuse() { t.end(NotAccepted) }

func (t *turn) solve() { t.end(Solved) }

func (t *turn) merge() {
	t.end(Merged)
	t.c.Into = t.cmd.Into
}

func (t *turn) absorb() { t.c.From = append(t.c.From, t.cmd.Into) }

// end closes the case. Tasks that are open then bind nobody any more.
func (t *turn) end(o Outcome) {
	t.c.State, t.c.Outcome, t.c.ClosedAt = Closed, o, t.now
	for i := range t.c.Tasks {
		if t.c.Tasks[i].Open() {
			t.c.Tasks[i].State = TaskWithdrawn
		}
	}
}

func (t *turn) dispatch() {
	t.give(t.cmd.Agency, true)
	for _, a := range t.cmd.Assists {
		t.give(a, false)
	}
}

func (t *turn) assist() { t.give(t.cmd.Agency, false) }

// give makes the task of an agency, in place of one that it had before: the
// timeline keeps what became of that.
func (t *turn) give(a city.AgencyID, lead bool) {
	task := Task{Agency: a, Lead: lead, State: TaskWaiting, Order: t.cmd.order(), GivenAt: t.now}
	var limit time.Duration
	if o := t.cmd.orderOf(a); o != nil {
		limit = o.Limit
		if task.Order == "" {
			task.Order, task.Asked = o.Text.In("zh"), o.Text
		}
	}
	if task.Deadline = after(t.now, limit); limit <= 0 && t.c.Deadline > t.now {
		task.Deadline = t.c.Deadline
	}
	t.c.Tasks = slices.DeleteFunc(t.c.Tasks, func(old Task) bool { return old.Agency == a })
	at := len(t.c.Tasks)
	if lead {
		at = 0
	}
	t.c.Tasks = slices.Insert(t.c.Tasks, at, task)
}

func (t *turn) accept() { t.task.State, t.task.AcceptedAt = TaskHandling, t.now }

func (t *turn) giveBack() { t.task.State, t.task.Report = TaskReturned, t.cmd.Text }

func (t *turn) withdraw() { t.task.State, t.task.Report = TaskWithdrawn, t.cmd.Text }

func (t *turn) finish() { t.task.State, t.task.DoneAt, t.task.Report = TaskDone, t.now, t.cmd.Text }

func (t *turn) redo() { t.task.again(t.now) }

func (t *turn) leadAgain() { t.c.Lead().again(t.now) }

// again hands the task to its agency once more, with as much time as it had.
func (t *Task) again(now city.Instant) {
	if t.Deadline != 0 {
		t.Deadline += now - t.GivenAt
	}
	t.State, t.GivenAt, t.AcceptedAt, t.DoneAt, t.Report = TaskHandling, now, now, 0, ""
}

// reopen goes on where the case stood. Its clock stood still while it was
// closed, and the lead agency gets its whole limit again.
func (t *turn) reopen() {
	c := &t.c
	if c.Deadline != 0 {
		c.Deadline += t.now - c.ClosedAt
	}
	c.State, c.Outcome, c.ClosedAt = Filed, "", 0
	if lead := c.Lead(); lead != nil {
		c.State = Handling
		lead.again(t.now)
		if c.Deadline != 0 {
			c.Deadline = max(c.Deadline, lead.Deadline)
		}
	}
}

func (t *turn) attach() {
	f := *t.cmd.File
	f.By, f.Agency, f.At = t.cmd.Actor.Account, t.post.Agency, t.now
	t.c.Files = append(t.c.Files, f)
}

// FaultReason is the reason with which a situation clears whose data cannot be
// trusted.
const FaultReason = "data-fault"

func (t *turn) noteCleared() {
	t.c.Situation.ClearedAt, t.c.Situation.ClearedReason = t.cmd.Cleared.ClearedAt, t.cmd.Cleared.ClearedReason
	if t.c.Situation.ClearedReason == FaultReason && !t.c.Touched {
		t.end(DataFault)
	}
}
