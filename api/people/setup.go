package people

import (
	"context"
	"crypto/rand"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"citybrain/api/form"
	"citybrain/api/operation"
	"citybrain/city"
	"citybrain/identity"
)

type setupInput struct{ Body SetupRequest }

func (d *desk) setup(api huma.API) {
	const path = "/api/v1/setup"
	huma.Register(api, operation.New("get-setup", http.MethodGet, path, "people", "Whether the city waits for its first administrator"), d.setupNeeded)
	op := operation.New("set-up", http.MethodPost, path, "people", "Make the first administrator", http.StatusForbidden, http.StatusConflict)
	op.Description = "Works once, with the secret that the program printed when it started without an administrator. The answer opens a session."
	op.DefaultStatus = http.StatusCreated
	huma.Register(api, op, d.setUp)
}

func (d *desk) setupNeeded(ctx context.Context, _ *struct{}) (*operation.Reply[SetupBody], error) {
	if d.Office == nil {
		return operation.Answer(d.door(false)), nil
	}
	needed, err := d.Office.SetupNeeded(ctx)
	if err != nil {
		return nil, operation.Fail(ctx, err)
	}
	return operation.Answer(d.door(needed)), nil
}

// door is what stands at the door of the city.
func (d *desk) door(needed bool) SetupBody {
	return SetupBody{Needed: needed, Name: form.NamesOf(d.City), Simulated: d.Simulated}
}

func (d *desk) setUp(ctx context.Context, in *setupInput) (*visit, error) {
	office, err := d.office()
	if err != nil {
		return nil, operation.Fail(ctx, err)
	}
	opened, err := office.SetUp(ctx, identity.First{Secret: in.Body.Secret, Account: city.AccountID(in.Body.Account), Password: in.Body.Password,
		Address: d.Proxy.Address(operation.Request(ctx))}, d.Wall.Now(), rand.Reader)
	if err != nil {
		return nil, operation.Fail(ctx, err)
	}
	return d.opened(ctx, opened), nil
}
