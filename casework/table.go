package casework

import (
	"slices"

	"citybrain/city"
)

// line is one line of the table of moves: under which conditions a verb leads
// where. Everything that Transition does stands here.
type line struct {
	verb   Verb
	task   seat    // on whose task, if it is about one
	from   []State // where the case stands before
	to     State   // and after; "" where it stays or Effect says more
	who    []role
	guards []*guard
	needs  []need
	may    []need
	does   city.Names // what else it does
	apply  func(*turn)
}

// seat is on whose task a move is: the lead's or an assisting agency's.
type seat uint8

const (
	noSeat seat = iota
	leadSeat
	assistSeat
)

// need is what a command carries.
type need string

const (
	needText    need = "text"
	needAgency  need = "agency"
	needAssists need = "assists"
	needInto    need = "into"
	needFile    need = "file"
)

var (
	open    = []State{Reported, Filed, Dispatched, Handling, Handled, Checked}
	working = []State{Filed, Dispatched, Handling, Handled} // assisting agencies may work
	led     = []State{Dispatched, Handling}                 // the lead is not done
)

// table has every move. For one verb, seat and state there is at most one line.
var table = []line{
	{verb: FileCase, from: []State{Reported}, to: Filed, who: []role{officer, program}, may: []need{needText}, apply: (*turn).stay},
	{verb: Refuse, from: []State{Reported, Filed}, to: Closed, who: []role{officer}, guards: []*guard{tasksOpen}, needs: []need{needText},
		does: city.Names{ZH: "结果为不予受理", EN: "outcome not-accepted"}, apply: (*turn).refuse},
	{verb: Dispatch, from: []State{Filed}, to: Dispatched, who: []role{officer, program}, guards: []*guard{namedOnce, hasTask},
		needs: []need{needAgency, needAssists, needText}, does: city.Names{ZH: "各单位得到任务和时限", EN: "the agencies get their tasks and limits"}, apply: (*turn).dispatch},
	{verb: Assist, from: led, who: []role{officer, leadDispatcher}, guards: []*guard{hasTask},
		needs: []need{needAgency, needText}, does: city.Names{ZH: "增加一个协办任务", EN: "one more assisting task"}, apply: (*turn).assist},
	{verb: Withdraw, task: leadSeat, from: led, to: Filed, who: []role{officer}, guards: []*guard{taskOpen}, needs: []need{needText},
		does: city.Names{ZH: "主办任务撤回，协办任务保留", EN: "the lead's task is withdrawn, assisting tasks stay"}, apply: (*turn).withdraw},
	{verb: Withdraw, task: assistSeat, from: working, who: []role{officer}, guards: []*guard{taskOpen}, needs: []need{needText}, apply: (*turn).withdraw},
	{verb: Accept, task: leadSeat, from: []State{Dispatched}, to: Handling, who: []role{ofTask}, guards: []*guard{taskWaiting}, may: []need{needText}, apply: (*turn).accept},
	{verb: Accept, task: assistSeat, from: working, who: []role{ofTask}, guards: []*guard{taskWaiting}, may: []need{needText}, apply: (*turn).accept},
	{verb: Return, task: leadSeat, from: led, to: Filed, who: []role{ofTask}, guards: []*guard{taskOpen}, needs: []need{needText},
		does: city.Names{ZH: "协办任务保留，值班长重新派遣", EN: "assisting tasks stay; the duty officer dispatches again"}, apply: (*turn).giveBack},
	{verb: Return, task: assistSeat, from: working, who: []role{ofTask}, guards: []*guard{taskOpen}, needs: []need{needText}, apply: (*turn).giveBack},
	{verb: Finish, task: leadSeat, from: []State{Handling}, to: Handled, who: []role{ofTask}, guards: []*guard{taskHandling, assistingOpen}, needs: []need{needText}, apply: (*turn).finish},
	{verb: Finish, task: assistSeat, from: working, who: []role{ofTask}, guards: []*guard{taskHandling}, needs: []need{needText}, apply: (*turn).finish},
	{verb: Redo, task: assistSeat, from: working, who: []role{officer, leadDispatcher}, guards: []*guard{taskDone}, needs: []need{needText},
		does: city.Names{ZH: "任务时限重新计算", EN: "the task's limit begins anew"}, apply: (*turn).redo},
	{verb: Check, from: []State{Handled}, to: Checked, who: []role{officer}, guards: []*guard{assistingOpen}, may: []need{needText}, apply: (*turn).stay},
	{verb: Reject, from: []State{Handled}, to: Handling, who: []role{officer}, needs: []need{needText},
		does: city.Names{ZH: "主办单位重新处置，时限重新计算", EN: "the lead handles it again, its limit begins anew"}, apply: (*turn).leadAgain},
	{verb: Close, from: []State{Checked}, to: Closed, who: []role{leadDispatcher}, guards: []*guard{assistingOpen}, may: []need{needText},
		does: city.Names{ZH: "结果为已解决", EN: "outcome solved"}, apply: (*turn).solve},
	{verb: Reopen, from: []State{Closed}, who: []role{officer}, guards: []*guard{notMerged}, needs: []need{needText},
		does: city.Names{ZH: "有主办单位时回到处置中，否则回到已立案", EN: "to handling if there is a lead agency, else to filed"}, apply: (*turn).reopen},
	{verb: Merge, from: open, to: Closed, who: []role{officer}, guards: []*guard{notItself}, needs: []need{needInto}, may: []need{needText},
		does: city.Names{ZH: "结果为已并案，未完成的任务撤回", EN: "outcome merged; open tasks are withdrawn"}, apply: (*turn).merge},
	{verb: Absorb, from: open, who: []role{officer}, guards: []*guard{notItself, newToIt}, needs: []need{needInto},
		does: city.Names{ZH: "并案的另一方，由程序随并案一起进行", EN: "the other side of a merge, made together with it"}, apply: (*turn).absorb},
	{verb: Note, from: open, who: []role{officer, involved}, guards: []*guard{fewMoves}, needs: []need{needText}, apply: (*turn).stay},
	{verb: Note, from: []State{Closed}, who: []role{officer}, guards: []*guard{fewMoves}, needs: []need{needText}, apply: (*turn).stay},
	{verb: Attach, from: open, who: []role{officer, involved}, guards: []*guard{fewFiles, newFile}, needs: []need{needFile}, apply: (*turn).attach},
	{verb: Cleared, from: States, who: []role{program}, guards: []*guard{itsSituation, clearedOnce},
		does: city.Names{ZH: "记录情形解除；无人处理过且原因为数据异常时结案", EN: "notes that the situation cleared; closes as data-fault if that is why and nobody has moved"}, apply: (*turn).noteCleared},
}

// States lists every state in its order.
var States = []State{Reported, Filed, Dispatched, Handling, Handled, Checked, Closed}

// inner are the verbs that nobody asks for: they come with other things.
var inner = []Verb{Report, Absorb, Cleared}

// linesOf lists the lines of a verb on a seat.
func linesOf(v Verb, s seat) (lines []*line) {
	for i := range table {
		if l := &table[i]; l.verb == v && l.task == s {
			lines = append(lines, l)
		}
	}
	return lines
}

// isVerb says whether the table knows a verb, and whether it is about a task.
func isVerb(v Verb) (known, aboutTask bool) {
	i := slices.IndexFunc(table, func(l line) bool { return l.verb == v })
	return i >= 0, i >= 0 && table[i].task != noSeat
}
