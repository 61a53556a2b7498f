// Package casetest has the contract that every casework.Records keeps, as a test
// suite, and the slow and simple records in memory that tests of other rooms
// use.
package casetest
