// Package natsbus is the log on a NATS JetStream server inside the process: one
// stream, one message a batch, no listener.
//
// Durability. When Append returns, the message is written to the stream's file
// and survives the death of the process at any moment. It survives a power cut
// only from the next sync on: the engine's own (Options.Sync; SyncAlways syncs
// each message), or a call of Sync.
//
// The store folder belongs to a standalone server. A folder that a clustered
// server wrote, or that a standalone server of another program wrote, is
// refused: opening it in the other mode makes JetStream delete streams.
package natsbus
