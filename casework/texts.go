package casework

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"citybrain/catalog"
	"citybrain/city"
)

// The limits of what people may write, in characters.
const (
	MaxText    = 4000 // of a text, an order, a reason, a report, a note
	MaxTitle   = 200
	MaxName    = 255 // of a file
	MaxKey     = 64  // of a report
	MaxAssists = 20  // assisting agencies in one dispatch
	MaxFiles   = 200 // pieces of evidence on one case

	// MaxNoted is how many moves a case may have for a note to be added. Every
	// other move can still be made.
	MaxNoted = 300
)

// cleanText is s with the line ends of every system as one and without space
// around it. Everything else stays as it was written: texts are texts, and who
// shows them escapes them.
func cleanText(s string) string {
	return strings.TrimSpace(strings.ReplaceAll(s, "\r\n", "\n"))
}

// checkText refuses what cannot be a text for people: too long, not UTF-8, with
// control characters, or with marks that turn the direction of the line so that
// it reads as something else.
func checkText(field, s string, most int, lines bool) *Refusal {
	switch {
	case !utf8.ValidString(s):
		return lacking(field, GuardText, city.Names{ZH: "文字不是有效的 UTF-8", EN: "the text is not valid UTF-8"})
	case utf8.RuneCountInString(s) > most:
		return lacking(field, GuardText, tooLong(most))
	}
	for _, r := range s {
		if lines && (r == '\n' || r == '\t') {
			continue
		}
		if unicode.IsControl(r) || turnsDirection(r) {
			return lacking(field, GuardText, city.Names{ZH: "文字含有控制字符", EN: "the text has a control character"})
		}
	}
	return nil
}

func turnsDirection(r rune) bool { return r >= 0x202A && r <= 0x202E || r >= 0x2066 && r <= 0x2069 }

func tooLong(most int) city.Names {
	n := strconv.Itoa(most)
	return city.Names{ZH: "文字超过 " + n + " 个字符", EN: "the text is longer than " + n + " characters"}
}

// firstOf is the first refusal of some, or nil.
func firstOf(refusals ...*Refusal) *Refusal {
	for _, r := range refusals {
		if r != nil {
			return r
		}
	}
	return nil
}

// check refuses an opening whose texts or values cannot be.
func (o *Opening) check() *Refusal {
	if r := firstOf(checkText("title", o.Title.ZH, MaxTitle, false), checkText("title", o.Title.EN, MaxTitle, false),
		checkText("text", o.Text, MaxText, true)); r != nil {
		return r
	}
	if r := checkPlace(o.Place); r != nil && o.Procedure == "" { // the model has checked the places of entities
		return r
	}
	switch why := city.CheckEntityID(o.Entity); {
	case o.Title.ZH == "" && o.Title.EN == "":
		return lacking("title", GuardText, city.Names{ZH: "请填写标题", EN: "write a title"})
	case o.Severity < city.Minor || o.Severity > city.Critical:
		return lacking("severity", GuardValue, city.Names{ZH: "请选择严重程度", EN: "choose a severity: minor, moderate, major or critical"})
	case !catalog.IsIdentifier(o.Kind):
		return lacking("kind", GuardValue, city.Names{ZH: "案件类别应为小写字母、数字和连字符", EN: "a kind is " + catalog.IdentifierHint})
	case o.Entity != "" && why != "":
		return lacking("entity", GuardValue, city.Names{ZH: "对象编号无效", EN: "the entity id " + why})
	case !keyForm.MatchString(o.Key):
		return lacking("key", GuardValue, city.Names{ZH: "上报标识无效", EN: "a key is at most " + strconv.Itoa(MaxKey) + " letters, digits and hyphens"})
	case o.Limit < 0:
		return lacking("limit", GuardValue, city.Names{ZH: "时限不能为负", EN: "a limit cannot be below zero"})
	}
	return nil
}

var keyForm = regexp.MustCompile(`^[A-Za-z0-9-]{0,` + strconv.Itoa(MaxKey) + `}$`)

// maxPoints bounds the places that people draw.
const maxPoints = 10_000

func checkPlace(p *city.Place) *Refusal {
	if p == nil {
		return nil
	}
	bad := lacking("place", GuardValue, city.Names{ZH: "位置无效", EN: "the place is not on the globe, or has no or too many positions"})
	if p.Kind.String() == "" || len(p.Points) == 0 || len(p.Points) > maxPoints {
		return bad
	}
	for _, q := range p.Points {
		if !q.Valid() {
			return bad
		}
	}
	return nil
}

// Media lists the types of evidence that a case takes.
var Media = []string{"image/jpeg", "image/png", "image/webp", "text/plain", "application/pdf"}

var (
	hashForm = regexp.MustCompile(`^[0-9a-f]{64}$`)
	views    = []View{"", Near, Far, Reference, Before, After}
)

// check refuses a file of evidence that is described wrongly.
func (f *File) check() *Refusal {
	if r := f.checkWords(); r != nil {
		return r
	}
	bad := func(field, zh, en string) *Refusal { return lacking(field, GuardValue, city.Names{ZH: zh, EN: en}) }
	switch {
	case !hashForm.MatchString(f.Hash):
		return bad("hash", "文件摘要无效", "the hash is not a SHA-256 in hex")
	case !slices.Contains(Media, f.Media):
		return bad("media", "不接受该文件类型", "files of this type are not taken; "+strings.Join(Media, ", ")+" are")
	case f.Bytes <= 0:
		return bad("bytes", "文件为空", "the file is empty")
	}
	return nil
}

// CheckWords refuses what is said of a file (its name, note, view, place and
// time) and cannot be, before the file itself is there.
func (f *File) CheckWords() error {
	if r := f.checkWords(); r != nil {
		return r
	}
	return nil
}

func (f *File) checkWords() *Refusal {
	if r := firstOf(checkText("name", f.Name, MaxName, false), checkText("note", f.Note, MaxText, true)); r != nil {
		return r
	}
	bad := func(field, zh, en string) *Refusal { return lacking(field, GuardValue, city.Names{ZH: zh, EN: en}) }
	switch {
	case !slices.Contains(views, f.View):
		return bad("view", "照片类型无效", "the view is not near, far, reference, before or after")
	case f.Place != nil && !f.Place.Valid():
		return bad("place", "位置无效", "the place is not on the globe")
	case f.TakenAt != 0 && !f.TakenAt.Valid():
		return bad("takenAt", "拍摄时间无效", "the time it was taken lies outside 1900 to 2100")
	}
	return nil
}
