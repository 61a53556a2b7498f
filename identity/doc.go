// Package identity knows who may act for the city: accounts, the posts they
// hold, how they sign in, and the sessions that follow.
//
// An Office admits people: it checks passwords (argon2id, RFC 9106) by the rules
// of NIST SP 800-63B, slows down whoever guesses, and keeps sessions that end by
// themselves. What an account may do follows from its posts (city.Post), which
// the city definition names, so that a person's rights change with the city and
// not with a copy of it. An identity provider of the city stands beside passwords:
// it brings a city.AccountID that it vouches for, and Office.Admit opens the
// session.
//
// Time and randomness are arguments. HTTP is in api, records in store/sqlstore,
// the proof of every account change in ledger.
package identity
