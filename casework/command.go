package casework

import (
	"time"

	"citybrain/city"
)

// Verb is what a command asks for.
type Verb string

// The verbs. Who may use which, and when, stands in the table of docs/casework.md,
// which is generated from Transition's guards.
const (
	Report   Verb = "report"   // opens a case
	FileCase Verb = "file"     // 立案
	Refuse   Verb = "refuse"   // 不予受理: closes as not accepted, with a reason
	Dispatch Verb = "dispatch" // 派遣: lead and assisting agencies
	Assist   Verb = "assist"   // 增派协办: one more assisting agency
	Withdraw Verb = "withdraw" // 撤回: takes an agency's task back, with a reason
	Accept   Verb = "accept"   // 接收: an agency takes its task
	Return   Verb = "return"   // 退回: an agency gives its task back, with a reason
	Finish   Verb = "finish"   // 处置完成: an agency's task is done, with a report
	Redo     Verb = "redo"     // 返工: a task that was done is to be done again, with a reason
	Check    Verb = "check"    // 核查通过
	Reject   Verb = "reject"   // 核查不通过: back to handling, with a reason
	Close    Verb = "close"    // 结案
	Reopen   Verb = "reopen"   // 重开, with a reason
	Merge    Verb = "merge"    // 并案: goes on in another case
	Absorb   Verb = "absorb"   // the other side of a merge; made by the program
	Note     Verb = "note"     // 备注
	Attach   Verb = "attach"   // 附证: a file of evidence
	Cleared  Verb = "cleared"  // the situation has cleared; made by the program
)

// Command is one thing that somebody wants done with a case.
type Command struct {
	Verb Verb
	// Version is the case's version that the actor saw; 0 for the program,
	// which does not look.
	Version int64
	Actor   city.Actor
	// Agency is whose task is meant: of Accept, Return, Finish, Redo, Withdraw,
	// Assist; the lead of Dispatch.
	Agency  city.AgencyID
	Assists []city.AgencyID // of Dispatch
	Order   string          // of Dispatch and Assist: what is asked
	// Orders say it agency by agency, with limits, for those of them that get a
	// task. The Desk takes them from the case's procedure.
	Orders  []Order
	Text    string        // reason, report or note
	Into    CaseID        // of Merge; of Absorb, the case that came
	File    *File         // of Attach
	Cleared SituationNote // of Cleared
}

// Order is what is asked of one agency.
type Order struct {
	Agency city.AgencyID
	Text   city.Names
	Limit  time.Duration // 0: the agency has until the deadline of the case
}

// Move is a command that was done: one line of a case's timeline and one record
// of the ledger.
type Move struct {
	Case    CaseID
	Seq     int64 // the case's version after it
	At      city.Instant
	Verb    Verb
	Account city.AccountID // "" for the program
	Program string
	Post    city.PostID   // the post in which the person acted
	By      city.AgencyID // and its agency
	From    State         // "" for the first
	To      State
	Agency  city.AgencyID // whose task
	Assists []city.AgencyID
	Text    string
	Into    CaseID
	File    string // hash
}
