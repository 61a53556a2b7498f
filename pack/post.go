package pack

import (
	"slices"
	"strings"

	"citybrain/catalog"
	"citybrain/city"
	"citybrain/internal/strictyaml"
)

// operationsCentre is the role of the agency in which a city without
// posts.yaml has its duty officer.
const operationsCentre = "operations-centre"

const postsFile = "posts.yaml"

type postsForm struct {
	strictyaml.Pos
	Posts []postFile `yaml:"posts,required"`
}

type postFile struct {
	strictyaml.Pos
	ID     string       `yaml:"id,required"`
	Agency string       `yaml:"agency,required"`
	Duty   string       `yaml:"duty,required"`
	Name   catalog.Text `yaml:"name,required"`
}

// Posts lists the posts (岗位) of the city in the order of posts.yaml. In a city
// without that file every agency has a dispatcher, named after it, and the
// agency with the role operations-centre, or else the first one, has the posts
// duty-officer, auditor and administrator. The caller changes nothing in it.
func (c *City) Posts() []city.Post { return c.posts }

// readPosts takes the posts of the city from its file, if it has one.
func (c *City) readPosts(files []document) city.Faults {
	if len(files) == 0 {
		c.posts = defaultPosts(c.Agencies)
		return nil
	}
	d := files[0]
	var f postsForm
	fs := strictyaml.Decode(d.file, d.data, &f)
	for i := range f.Posts {
		p := &f.Posts[i]
		if slices.ContainsFunc(c.posts, func(q city.Post) bool { return string(q.ID) == p.ID }) {
			fs = append(fs, p.Fault("id", "repeated-post", "", "the post %s is described twice", p.ID))
			continue
		}
		fs = append(fs, p.check(c.Agencies)...)
		c.posts = append(c.posts, city.Post{ID: city.PostID(p.ID), Agency: city.AgencyID(p.Agency), Duty: city.Duty(p.Duty), Name: p.Name.Names()})
	}
	if len(fs) == 0 {
		fs = append(fs, f.checkDuties(c.posts)...)
	}
	return fs
}

func (p *postFile) check(agencies *catalog.Agencies) city.Faults {
	fs := p.Name.Check()
	if p.Has("id") && !catalog.IsIdentifier(p.ID) {
		fs = append(fs, p.Fault("id", "bad-name", catalog.IdentifierHint, "the post id %q is not a name", p.ID))
	}
	if _, ok := agencies.Agency(city.AgencyID(p.Agency)); !ok && p.Has("agency") && agencies.All() != nil {
		fs = append(fs, p.Fault("agency", "unknown-agency", "agencies are described in agencies.yaml", "the city has no agency %s", p.Agency))
	}
	if p.Has("duty") && !slices.Contains(city.Duties, city.Duty(p.Duty)) {
		fs = append(fs, p.Fault("duty", "unknown-duty", dutyHint(), "%q is not a duty", p.Duty))
	}
	return fs
}

func dutyHint() string {
	names := make([]string, len(city.Duties))
	for i, d := range city.Duties {
		names[i] = string(d)
	}
	return "a duty is one of: " + strings.Join(names, ", ")
}

// checkDuties says which duty nobody has, without which cases or accounts stand
// still.
func (f *postsForm) checkDuties(posts []city.Post) city.Faults {
	var fs city.Faults
	for _, need := range []struct {
		duty city.Duty
		why  string
	}{
		{city.DutyOfficer, "nobody could file, dispatch or check a case"},
		{city.Administrator, "nobody could open accounts"},
	} {
		if !slices.ContainsFunc(posts, func(p city.Post) bool { return p.Duty == need.duty }) {
			fs = append(fs, f.Fault("posts", "missing-duty", "describe a post with the duty "+string(need.duty), "no post has the duty %s: %s", need.duty, need.why))
		}
	}
	return fs
}

func defaultPosts(agencies *catalog.Agencies) []city.Post {
	all := agencies.All()
	if len(all) == 0 {
		return nil
	}
	centre := all[0]
	if with := agencies.WithRole(operationsCentre); len(with) > 0 {
		centre = with[0]
	}
	posts := []city.Post{
		{ID: "duty-officer", Agency: centre.ID, Duty: city.DutyOfficer, Name: city.Names{ZH: "值班长", EN: "Duty officer"}},
		{ID: "auditor", Agency: centre.ID, Duty: city.Auditor, Name: city.Names{ZH: "审计员", EN: "Auditor"}},
		{ID: "administrator", Agency: centre.ID, Duty: city.Administrator, Name: city.Names{ZH: "系统管理员", EN: "Administrator"}},
	}
	for _, a := range all {
		posts = append(posts, city.Post{ID: city.PostID(a.ID + "-dispatcher"), Agency: a.ID, Duty: city.Dispatcher,
			Name: city.Names{ZH: a.Name.ZH + "调度员", EN: a.Name.EN + ": dispatcher"}})
	}
	return posts
}
