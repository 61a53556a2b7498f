package casework

import (
	"strings"

	"citybrain/city"
)

// StateNames are the words for the states.
var StateNames = map[State]city.Names{
	Reported:   {ZH: "已上报", EN: "reported"},
	Filed:      {ZH: "已立案", EN: "filed"},
	Dispatched: {ZH: "已派遣", EN: "dispatched"},
	Handling:   {ZH: "处置中", EN: "being handled"},
	Handled:    {ZH: "处置完成", EN: "handled"},
	Checked:    {ZH: "已核查", EN: "checked"},
	Closed:     {ZH: "已结案", EN: "closed"},
}

// TaskStateNames are the words for the states of a task.
var TaskStateNames = map[TaskState]city.Names{
	TaskWaiting:   {ZH: "待接收", EN: "waiting"},
	TaskHandling:  {ZH: "处置中", EN: "being handled"},
	TaskDone:      {ZH: "已完成", EN: "done"},
	TaskReturned:  {ZH: "已退回", EN: "returned"},
	TaskWithdrawn: {ZH: "已撤回", EN: "withdrawn"},
}

// VerbNames are the words for the moves.
var VerbNames = map[Verb]city.Names{
	Report:   {ZH: "上报", EN: "report"},
	FileCase: {ZH: "立案", EN: "file"},
	Refuse:   {ZH: "不予受理", EN: "refuse"},
	Dispatch: {ZH: "派遣", EN: "dispatch"},
	Assist:   {ZH: "增派协办", EN: "add an assisting agency"},
	Withdraw: {ZH: "撤回任务", EN: "withdraw the task"},
	Accept:   {ZH: "接收", EN: "accept"},
	Return:   {ZH: "退回", EN: "return"},
	Finish:   {ZH: "处置完成", EN: "finish"},
	Redo:     {ZH: "返工", EN: "do it again"},
	Check:    {ZH: "核查通过", EN: "check"},
	Reject:   {ZH: "核查不通过", EN: "reject"},
	Close:    {ZH: "结案", EN: "close"},
	Reopen:   {ZH: "重开", EN: "reopen"},
	Merge:    {ZH: "并案", EN: "merge"},
	Absorb:   {ZH: "接收并案", EN: "absorb"},
	Note:     {ZH: "备注", EN: "note"},
	Attach:   {ZH: "附证", EN: "attach evidence"},
	Cleared:  {ZH: "情形解除", EN: "situation cleared"},
}

// OutcomeNames are the words for the outcomes.
var OutcomeNames = map[Outcome]city.Names{
	Solved:      {ZH: "已解决", EN: "solved"},
	NotAccepted: {ZH: "不予受理", EN: "not accepted"},
	Merged:      {ZH: "已并案", EN: "merged"},
	DataFault:   {ZH: "数据异常", EN: "data fault"},
}

func trimMark(s, mark string) string { return strings.TrimPrefix(s, mark) }
