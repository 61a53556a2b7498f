package app

import (
	"context"
	"net/url"

	"citybrain/api/ngsild"
	"citybrain/casework"
	"citybrain/city"
	"citybrain/indicator"
	"citybrain/pack"
)

// newBoard makes the board of the city's figures: those that every city has,
// then those of its packs.
func newBoard(a *App) (*indicator.Board, error) {
	figures := generalFigures(a)
	for _, f := range a.City.Figures() {
		made, err := packFigure(&f)
		if err != nil {
			return nil, err
		}
		figures = append(figures, made)
	}
	return &indicator.Board{Figures: figures, Present: a.present, Situations: counts{a}}, nil
}

// counts brings what was announced into the records before it is counted there.
type counts struct{ a *App }

// CountUp implements indicator.Situations.
func (c counts) CountUp(ctx context.Context, rule city.RuleID) (int, error) {
	if err := c.a.follower.flush(ctx); err != nil {
		return 0, err
	}
	return c.a.store.CountUp(ctx, rule)
}

func limit(n float64) *float64 { return &n }

// generalFigures are the figures that need no pack.
func generalFigures(a *App) []indicator.Figure {
	cases := func(q func(now city.Instant) casework.Query) func(context.Context, city.Instant) (int, error) {
		return func(ctx context.Context, now city.Instant) (int, error) { return a.store.Count(ctx, q(now)) }
	}
	return []indicator.Figure{
		{
			ID: "situations-up", Title: city.Names{ZH: "当前态势", EN: "Situations now"}, Href: "/api/v1/situations?state=up&announced=true",
			Definition: city.Names{ZH: "已触发、尚未解除且未被抑制的态势数。", EN: "Situations that were raised, have not cleared, and are announced."},
			Records: func(ctx context.Context, _ city.Instant) (int, error) {
				n, err := status{a}.CountStandings(ctx)
				return n[""], err
			},
		},
		{
			ID: "situations-suppressed", Title: city.Names{ZH: "已抑制态势", EN: "Suppressed situations"}, Href: "/api/v1/situations?state=up&announced=false",
			Definition: city.Names{ZH: "已触发且尚未解除、但因静默、上级态势、抖动或分组等待而未告知的态势数。", EN: "Situations that are up and not announced: silenced, explained by another, flapping, or waiting for their group."},
			Records: func(ctx context.Context, _ city.Instant) (int, error) {
				n, err := status{a}.CountStandings(ctx)
				total := 0
				for _, way := range city.SuppressedWays {
					total += n[way]
				}
				return total, err
			},
		},
		{
			ID: "cases-open", Title: city.Names{ZH: "在办案件", EN: "Open cases"}, Href: "/api/v1/cases?notState=closed",
			Definition: city.Names{ZH: "尚未结案的案件数。", EN: "Cases that are not closed."},
			Records:    cases(func(city.Instant) casework.Query { return casework.Query{NotState: casework.Closed} }),
		},
		{
			ID: "cases-overdue", Title: city.Names{ZH: "超期案件", EN: "Overdue cases"}, Href: "/api/v1/cases?overdue=true", Watch: limit(1), Alarm: limit(5),
			Definition: city.Names{ZH: "案件期限或其任一在办任务期限已过的在办案件数。", EN: "Open cases whose deadline, or that of an open task, has passed."},
			Records:    cases(func(now city.Instant) casework.Query { return casework.Query{OverdueAt: now} }),
		},
		{
			ID: "quarantined", Title: city.Names{ZH: "待处理隔离数据", EN: "Rows in quarantine"}, Href: "/api/v1/quarantine?state=open", Watch: limit(1), Alarm: limit(1000),
			Definition: city.Names{ZH: "未能入库且尚未更正重送的数据行数。", EN: "Source rows that could not be applied and were not corrected yet."},
			Records: func(ctx context.Context, _ city.Instant) (int, error) {
				if err := a.follower.flush(ctx); err != nil {
					return 0, err
				}
				return a.store.CountQuarantine(ctx)
			},
		},
		{
			ID: "feeds-unsound", Title: city.Names{ZH: "异常数据源", EN: "Feeds not sound"}, Href: "/api/v1/feeds?sound=false", Watch: limit(1), Alarm: limit(3),
			Definition: city.Names{ZH: "读取失败或超时无数据的数据源数。", EN: "Feeds that have failed or been silent for too long."},
			Records:    a.unsoundFeeds,
		},
	}
}

func (a *App) unsoundFeeds(ctx context.Context, _ city.Instant) (int, error) {
	feeds, err := status{a}.Feeds(ctx)
	n := 0
	for i := range feeds {
		if !feeds[i].Sound() {
			n++
		}
	}
	return n, err
}

// packFigure is a figure of a pack's view.
func packFigure(f *pack.Figure) (indicator.Figure, error) {
	out := indicator.Figure{ID: f.ID, Pack: f.Pack, Title: f.Title, Watch: f.Watch, Alarm: f.Alarm}
	switch {
	case f.Situation != "":
		out.Situation = f.Situation
		out.Href = "/api/v1/situations?state=up&rule=" + url.QueryEscape(string(f.Situation))
		out.Definition = city.Names{ZH: "规则 " + string(f.Situation) + " 当前触发的态势数。", EN: "Situations of the rule " + string(f.Situation) + " that are up."}
	case f.Count != nil:
		out.Entities = &indicator.Entities{Type: f.Count.Type}
		query := url.Values{"type": {string(f.Count.Type)}}
		out.Definition = city.Names{ZH: "类型为 " + string(f.Count.Type) + " 的实体数", EN: "Entities of the type " + string(f.Count.Type)}
		if f.Count.Q != "" {
			match, err := ngsild.CompileQ(f.Count.Q)
			if err != nil {
				return out, err
			}
			out.Entities.Match = match
			query.Set("q", f.Count.Q)
			out.Definition = city.Names{ZH: out.Definition.ZH + "，满足 " + f.Count.Q, EN: out.Definition.EN + " with " + f.Count.Q}
		}
		out.Definition.ZH, out.Definition.EN = out.Definition.ZH+"。", out.Definition.EN+"."
		out.Href = "/ngsi-ld/v1/entities?" + query.Encode()
	default:
		s := f.Sum
		out.Share = &indicator.Share{Type: s.Type, Part: s.Attribute, Whole: s.Of}
		query := url.Values{"type": {string(s.Type)}, "q": {string(s.Attribute) + ";" + string(s.Of)}}
		out.Href = "/ngsi-ld/v1/entities?" + query.Encode()
		out.Definition = city.Names{
			ZH: "全部 " + string(s.Type) + " 的 " + string(s.Attribute) + " 之和除以 " + string(s.Of) + " 之和。",
			EN: "The sum of " + string(s.Attribute) + " over all " + string(s.Type) + ", divided by the sum of " + string(s.Of) + ".",
		}
	}
	return out, nil
}
