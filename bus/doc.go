// Package bus holds the adapters for the log: one folder for each engine that
// can carry it. natsbus wraps NATS JetStream. The binary form of a batch is
// internal/codec; who writes to the log is model.Writer.
package bus
