// Package people serves who may act for the city: signing in and out, the first
// administrator, accounts and posts. What it decides with is identity.Office.
package people
