package sqlstore

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"net"
	"strings"
	"syscall"

	"github.com/jackc/pgx/v5/pgconn"

	"citybrain/city"
)

// explain follows appendix A of PostgreSQL's manual: the classes and codes of
// SQLSTATE.
func (e *postgresEngine) explain(op string, err error) *city.Error {
	var said *pgconn.PgError
	if errors.As(err, &said) {
		return e.explainCode(op, said.Code, err)
	}
	var connect *pgconn.ConnectError
	if errors.As(err, &connect) && !errors.Is(err, context.Canceled) {
		return e.cannot(op, "cannot be reached ("+e.reason(err)+"): is the server running, and do address, port, firewall and TLS agree?", err)
	}
	if gone := cancelled(op, err); gone != nil {
		return gone
	}
	if isConnection(err) {
		return e.cannot(op, "lost the connection ("+e.reason(err)+"): is the server running? "+
			"Whether the last change was stored is to be looked up before it is made again", err)
	}
	return &city.Error{Kind: city.Internal, Op: op, Err: e.bare(err)}
}

// codeTexts is what is said of a code, or of all codes of a class; "the database
// NAME …" precedes it.
var codeTexts = map[string]string{
	"08":    "lost the connection: is the server running? It is tried again",
	"28":    "refuses the sign-in: check user and password in the address, and pg_hba.conf on the server",
	"3D000": "does not exist on the server: create it (createdb --encoding=UTF8)",
	"42501": "does not let this user do what is needed: make the user the owner of the database",
	"25006": "is read-only: the server is a standby, or was set so; give the address of the primary",
	"53100": "has no room: the server's disk is full. Make room there; nothing was written",
	"53":    "has not enough memory or other resources on the server",
	"57P01": "is being stopped by its administrator",
	"57P02": "is starting again after a crash of the server",
	"57P03": "is starting or stopping",
	"58":    "has a fault on the server's disk: look into the server's log",
	"XX001": "is damaged",
	"XX002": "is damaged: an index",
}

func (e *postgresEngine) explainCode(op, code string, err error) *city.Error {
	detail, known := codeTexts[code]
	if !known {
		detail, known = codeTexts[code[:min(2, len(code))]]
	}
	switch {
	case strings.HasPrefix(code, "XX00") && known:
		return e.damaged(detail, err)
	case code == "53300":
		return e.busy(op, "takes no more connections: raise max_connections on the server, or end other programs; City Brain needs nine", err)
	case code == "40001" || code == "40P01" || code == "55P03":
		return e.busy(op, "is locked by somebody else's work: is another program changing its tables?", err)
	case code == "23505":
		return taken(op, e.bare(err))
	case code == "22021" || code == "22P05":
		return &city.Error{Kind: city.Invalid, Op: op, Err: e.bare(err), Detail: "a text has a character that the database cannot keep, such as NUL"}
	case code == "57014":
		return e.cannot(op, "ended the work before it was done", err)
	case known:
		return e.cannot(op, detail, err)
	}
	return &city.Error{Kind: city.Internal, Op: op, Err: e.bare(err)}
}

func (e *postgresEngine) cannot(op, detail string, err error) *city.Error {
	retry := retryBusy
	if strings.Contains(detail, "no room") {
		retry = retryFull
	}
	return &city.Error{Kind: city.Unavailable, Op: op, Retry: retry, Detail: "the database " + e.name + " " + detail, Err: e.bare(err)}
}

func (e *postgresEngine) busy(op, detail string, err error) *city.Error {
	return &city.Error{Kind: city.Overload, Op: op, Retry: retryBusy, Detail: "the database " + e.name + " " + detail, Err: e.bare(err)}
}

// isConnection says whether an open connection failed, and not what it carried.
func isConnection(err error) bool {
	var network net.Error
	return errors.As(err, &network) || errors.Is(err, driver.ErrBadConn) || errors.Is(err, io.EOF) ||
		errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, net.ErrClosed) || errors.Is(err, syscall.EPIPE) ||
		errors.Is(err, syscall.ECONNRESET) || errors.Is(err, sql.ErrConnDone) || errors.Is(err, pgconn.ErrConnClosed)
}

// reason is the innermost cause, without the password.
func (e *postgresEngine) reason(err error) string {
	for {
		if next := errors.Unwrap(err); next != nil {
			err = next
			continue
		}
		if many, ok := err.(interface{ Unwrap() []error }); ok && len(many.Unwrap()) > 0 {
			err = many.Unwrap()[0]
			continue
		}
		return e.bare(err).Error()
	}
}
