package city

// AccountID names an account: lower-case letters, digits and hyphens.
type AccountID string

// PostID names a post (岗位) of the city definition, such as traffic-dispatcher.
type PostID string

// Duty is what a post is there for. It decides, together with the post's
// agency, which moves and which pages are open to it.
type Duty string

// The duties.
const (
	DutyOfficer   Duty = "duty-officer"  // 值班长: files, dispatches, checks and merges cases for the whole city
	Dispatcher    Duty = "dispatcher"    // 部门调度员: takes, returns and finishes the tasks of its agency
	Handler       Duty = "handler"       // 处置人员: works on its agency's tasks and reports from the place
	Auditor       Duty = "auditor"       // 审计员: reads everything and verifies it, changes nothing
	Administrator Duty = "administrator" // 管理员: accounts and settings, no cases
)

// Duties lists every duty, in the order in which they are shown.
var Duties = []Duty{DutyOfficer, Dispatcher, Handler, Auditor, Administrator}

// Post is a place in the organisation of the city that a person can hold.
type Post struct {
	ID     PostID
	Agency AgencyID
	Duty   Duty
	Name   Names
}

// Actor is who does something: a person with the posts they hold, or a part of
// the program.
type Actor struct {
	Account AccountID // "" for a part of the program
	Program string    // "procedure" for what a pack's procedure does; "" for a person
	Name    Names
	Posts   []Post
}

// Holds says whether the actor has a post with the duty in the agency; agency
// "" means any.
func (a *Actor) Holds(d Duty, agency AgencyID) bool {
	for i := range a.Posts {
		if a.Posts[i].Duty == d && (agency == "" || a.Posts[i].Agency == agency) {
			return true
		}
	}
	return false
}

// Works says whether the actor holds any post in the agency.
func (a *Actor) Works(agency AgencyID) bool {
	for i := range a.Posts {
		if a.Posts[i].Agency == agency {
			return true
		}
	}
	return false
}
