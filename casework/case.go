package casework

import "citybrain/city"

// CaseID names a case: 32 hexadecimal digits. That of a case which a procedure
// opened is a function of its situation and procedure.
type CaseID string

// State is how far a case has come.
type State string

// The states, in their order.
const (
	Reported   State = "reported"   // 上报: somebody or a rule said so
	Filed      State = "filed"      // 立案: it is a case of the city
	Dispatched State = "dispatched" // 派遣: agencies have their tasks
	Handling   State = "handling"   // 处置: the lead agency is on it
	Handled    State = "handled"    // 处置完成: the lead agency says it is done
	Checked    State = "checked"    // 核查: the duty officer has looked
	Closed     State = "closed"     // 结案
)

// Outcome is why a case is closed.
type Outcome string

// The outcomes.
const (
	Solved      Outcome = "solved"
	NotAccepted Outcome = "not-accepted" // it was not for the city to handle
	Merged      Outcome = "merged"       // it goes on in another case
	DataFault   Outcome = "data-fault"   // what was seen came from data that cannot be trusted
)

// Origin is where a case came from.
type Origin string

// The origins.
const (
	FromSituation Origin = "situation"
	FromOfficer   Origin = "officer"
)

// Case is something that is wrong in the city and is handled to its end.
type Case struct {
	ID        CaseID
	Number    string // for people: the city's day and a number in it, such as 20140812-0003
	Version   int64  // moves so far; every move adds one
	Change    uint64 // numbers the last change over all cases; set by the records
	Kind      string // what kind of case, such as garage-pressure
	Procedure string // "pack/name", "" for a case opened by hand
	Origin    Origin
	By        city.AgencyID // of the post that reported it by hand, "" for a procedure
	Title     city.Names
	Text      string // what was reported, by a person
	Severity  city.Severity
	Place     *city.Place
	Entity    city.EntityID // what it is about, "" if nothing in the model
	Situation SituationNote
	State     State
	Tasks     []Task       // the lead's first, then in order of assignment
	Touched   bool         // a person has made a move
	Deadline  city.Instant // of the whole case; 0: none
	OpenedAt  city.Instant
	ChangedAt city.Instant
	ClosedAt  city.Instant
	Outcome   Outcome
	Into      CaseID   // the case it was merged into
	From      []CaseID // the cases that were merged into it
	Files     []File   // evidence, in order of arrival
}

// SituationNote is what a case knows of the situation that opened it.
type SituationNote struct {
	ID            city.SituationID // "" for a case opened by hand
	Rule          city.RuleID
	Type          string
	RaisedAt      city.Instant
	ClearedAt     city.Instant // 0 while up
	ClearedReason string
}

// Lead is the task of the lead agency, or nil before one has it.
func (c *Case) Lead() *Task {
	for i := range c.Tasks {
		if c.Tasks[i].Lead && c.Tasks[i].State != TaskReturned && c.Tasks[i].State != TaskWithdrawn {
			return &c.Tasks[i]
		}
	}
	return nil
}

// Overdue says whether the case's own deadline has passed and it was not closed
// before it.
func (c *Case) Overdue(now city.Instant) bool {
	end := now
	if c.ClosedAt != 0 {
		end = c.ClosedAt
	}
	return c.Deadline != 0 && end > c.Deadline
}

// TaskState is how far an agency has come with its task.
type TaskState string

// The states of a task.
const (
	TaskWaiting   TaskState = "waiting"   // 待接收: given, not accepted
	TaskHandling  TaskState = "handling"  // 处置中
	TaskDone      TaskState = "done"      // 已完成
	TaskReturned  TaskState = "returned"  // 已退回: the agency gave it back
	TaskWithdrawn TaskState = "withdrawn" // 已撤回: the duty officer took it back
)

// Task is what one agency does in a case.
type Task struct {
	Agency     city.AgencyID
	Lead       bool // 主办; otherwise 协办
	State      TaskState
	Order      string       // what is asked of the agency
	Asked      city.Names   // the same in both languages, if a procedure asks it
	Deadline   city.Instant // 0: none
	GivenAt    city.Instant
	AcceptedAt city.Instant
	DoneAt     city.Instant
	Report     string // what the agency says it has done, or why it gave the task back
}

// Open says whether the task still binds its agency.
func (t *Task) Open() bool { return t.State == TaskWaiting || t.State == TaskHandling }

// Overdue says whether the task's deadline has passed and it was not done
// before it.
func (t *Task) Overdue(now city.Instant) bool {
	end := now
	if t.DoneAt != 0 {
		end = t.DoneAt
	}
	return t.Deadline != 0 && end > t.Deadline && (t.Open() || t.DoneAt != 0)
}

// View is what a photo shows (现场照片类型).
type View string

// The views.
const (
	Near      View = "near"
	Far       View = "far"
	Reference View = "reference"
	Before    View = "before"
	After     View = "after"
)

// File is a piece of evidence that somebody attached.
type File struct {
	Hash    string // SHA-256 of the content, in hex
	Media   string // media type, found by looking into it
	Bytes   int64
	Name    string // as given, for display only
	View    View   // of a photo
	Place   *city.Point
	TakenAt city.Instant // 0: not said
	Note    string
	By      city.AccountID
	Agency  city.AgencyID
	At      city.Instant
}
