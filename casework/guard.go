package casework

import (
	"slices"

	"citybrain/city"
)

// Guard names why a move is refused.
type Guard string

// The guards that are not in the table's own column because every move has
// them. A command is looked at in this order: its texts, the version that the
// person saw, who they are, where the case stands, the guards of the move's
// line, what the command must carry.
const (
	GuardText    Guard = "text"    // a text is too long, no UTF-8, or has control characters
	GuardValue   Guard = "value"   // another value of the command cannot be
	GuardVersion Guard = "version" // the case has changed since the person looked
	GuardRole    Guard = "role"    // somebody else may do this
	GuardTask    Guard = "task"    // the agency has no task in the case
	GuardState   Guard = "state"   // the case does not stand where this move begins
	GuardNeeds   Guard = "needs"   // the command lacks something: its error names the field
)

// guard is a condition of one or more lines of the table. One that looks at what
// the command carries holds for a command that carries nothing yet.
type guard struct {
	name  Guard
	kind  city.ErrorKind
	text  city.Names // why it refused; %s stands for agencies
	fails func(t *turn) (agencies []city.AgencyID, fails bool)
}

var (
	taskWaiting = &guard{name: "task-waiting", kind: city.Conflict,
		text:  city.Names{ZH: "%s的任务已经接收过了", EN: "the task of %s is not waiting to be accepted"},
		fails: taskNot(TaskWaiting)}
	taskHandling = &guard{name: "task-handling", kind: city.Conflict,
		text:  city.Names{ZH: "%s的任务不在处置中，须先接收且尚未完成", EN: "the task of %s is not being handled: it must be accepted and not yet done"},
		fails: taskNot(TaskHandling)}
	taskOpen = &guard{name: "task-open", kind: city.Conflict,
		text:  city.Names{ZH: "%s的任务已经完成", EN: "the task of %s is done already"},
		fails: taskNot(TaskWaiting, TaskHandling)}
	taskDone = &guard{name: "task-done", kind: city.Conflict,
		text:  city.Names{ZH: "%s的任务尚未完成", EN: "the task of %s is not done"},
		fails: taskNot(TaskDone)}
	assistingOpen = &guard{name: "assisting-open", kind: city.Conflict,
		text:  city.Names{ZH: "协办单位尚未完成：%s", EN: "assisting agencies are not done: %s"},
		fails: func(t *turn) ([]city.AgencyID, bool) { return some(t.open(false)) }}
	tasksOpen = &guard{name: "tasks-open", kind: city.Conflict,
		text:  city.Names{ZH: "仍有单位在处置：%s，请先撤回任务", EN: "agencies still have tasks: %s; withdraw them first"},
		fails: func(t *turn) ([]city.AgencyID, bool) { return some(t.open(true)) }}
	notMerged = &guard{name: "merged", kind: city.Conflict,
		text:  city.Names{ZH: "该案件已并入其他案件，请在那里继续", EN: "the case was merged into another: go on there"},
		fails: func(t *turn) ([]city.AgencyID, bool) { return nil, t.c.Outcome == Merged }}
	hasTask = &guard{name: "has-task", kind: city.Conflict,
		text:  city.Names{ZH: "%s在该案件中已有任务", EN: "%s has a task in this case already"},
		fails: func(t *turn) ([]city.AgencyID, bool) { return some(t.alreadyGiven()) }}
	namedOnce = &guard{name: "named-twice", kind: city.Invalid,
		text:  city.Names{ZH: "%s被重复指定", EN: "%s is named twice"},
		fails: func(t *turn) ([]city.AgencyID, bool) { return some(t.namedTwice()) }}
	notItself = &guard{name: "itself", kind: city.Invalid,
		text:  city.Names{ZH: "案件不能并入自身", EN: "a case cannot be merged into itself"},
		fails: func(t *turn) ([]city.AgencyID, bool) { return nil, t.cmd.Into == t.c.ID }}
	newToIt = &guard{name: "absorbed", kind: city.Conflict,
		text:  city.Names{ZH: "该案件已经并入", EN: "that case was merged into this one already"},
		fails: func(t *turn) ([]city.AgencyID, bool) { return nil, slices.Contains(t.c.From, t.cmd.Into) }}
	newFile = &guard{name: "attached", kind: city.Conflict,
		text: city.Names{ZH: "该文件已经附上", EN: "this file is attached already"},
		fails: func(t *turn) ([]city.AgencyID, bool) {
			return nil, t.cmd.File != nil && slices.ContainsFunc(t.c.Files, func(f File) bool { return f.Hash == t.cmd.File.Hash })
		}}
	fewFiles = &guard{name: "files-full", kind: city.Conflict,
		text:  city.Names{ZH: "附件数量已达上限", EN: "the case has as many files as it can"},
		fails: func(t *turn) ([]city.AgencyID, bool) { return nil, len(t.c.Files) >= MaxFiles }}
	fewMoves = &guard{name: "timeline-full", kind: city.Conflict,
		text:  city.Names{ZH: "时间线已满，不能再添加备注", EN: "the timeline of the case is full: no more notes can be added"},
		fails: func(t *turn) ([]city.AgencyID, bool) { return nil, t.c.Version >= MaxNoted }}
	itsSituation = &guard{name: "situation", kind: city.Invalid,
		text: city.Names{ZH: "该情形不属于此案件", EN: "the situation is not the one that opened this case"},
		fails: func(t *turn) ([]city.AgencyID, bool) {
			return nil, t.c.Situation.ID == "" || t.cmd.Cleared.ID != t.c.Situation.ID || t.cmd.Cleared.ClearedAt == 0
		}}
	clearedOnce = &guard{name: "cleared", kind: city.Conflict,
		text:  city.Names{ZH: "情形解除已经记录", EN: "that the situation cleared is noted already"},
		fails: func(t *turn) ([]city.AgencyID, bool) { return nil, t.c.Situation.ClearedAt != 0 }}
)

func some(agencies []city.AgencyID) ([]city.AgencyID, bool) { return agencies, len(agencies) > 0 }

func taskNot(states ...TaskState) func(*turn) ([]city.AgencyID, bool) {
	return func(t *turn) ([]city.AgencyID, bool) {
		return []city.AgencyID{t.task.Agency}, !slices.Contains(states, t.task.State)
	}
}

// refuses is the refusal of the first guard that fails, or nil.
func (l *line) refuses(t *turn) *Refusal {
	for _, g := range l.guards {
		if agencies, fails := g.fails(t); fails {
			return refuse(g.kind, g.name, g.text, agencies...)
		}
	}
	return nil
}

// alreadyGiven lists the agencies of the command that are to get a task and have
// one that binds them or that they have done. The lead of a dispatch may have
// one: its task becomes the lead's.
func (t *turn) alreadyGiven() (agencies []city.AgencyID) {
	want := t.cmd.Assists
	if t.cmd.Verb == Assist {
		want = []city.AgencyID{t.cmd.Agency}
	}
	for _, a := range want {
		if t.c.task(a) != nil {
			agencies = append(agencies, a)
		}
	}
	return agencies
}

func (t *turn) namedTwice() (agencies []city.AgencyID) {
	for i, a := range t.cmd.Assists {
		if a == t.cmd.Agency || slices.Contains(t.cmd.Assists[:i], a) {
			agencies = append(agencies, a)
		}
	}
	return agencies
}

// open lists the agencies whose tasks are open; the lead's only with lead.
func (t *turn) open(lead bool) (agencies []city.AgencyID) {
	for i := range t.c.Tasks {
		if task := &t.c.Tasks[i]; task.Open() && (lead || !task.Lead) {
			agencies = append(agencies, task.Agency)
		}
	}
	return agencies
}

// task is the task of an agency that it has not given back and that was not
// taken back, or nil.
func (c *Case) task(a city.AgencyID) *Task {
	for i := range c.Tasks {
		if t := &c.Tasks[i]; t.Agency == a && t.State != TaskReturned && t.State != TaskWithdrawn {
			return t
		}
	}
	return nil
}
