/** One event of a text/event-stream. */
export interface Frame {
  event: string
  data: string
  id: string | null // null: the frame states none
}

/** What a piece of the stream brought: whole frames, and whether anything at all was alive in it. */
export interface Piece {
  frames: Frame[]
  retry: number | null
}

/**
 * Cuts a text/event-stream (HTML Living Standard, 9.2.6) into frames. A frame
 * without data still counts where it states an id: the server moves the place
 * of a quiet client with it.
 */
export class Frames {
  private rest = ''
  private data: string[] = []
  private event = ''
  private id: string | null = null

  push(text: string): Piece {
    const piece: Piece = { frames: [], retry: null }
    this.rest += text
    let from = 0
    for (;;) {
      const end = this.rest.indexOf('\n', from)
      if (end < 0) break
      const stop = end > from && this.rest.charCodeAt(end - 1) === 13 ? end - 1 : end
      this.line(this.rest.slice(from, stop), piece)
      from = end + 1
    }
    this.rest = this.rest.slice(from)
    return piece
  }

  private line(line: string, piece: Piece): void {
    if (line === '') return this.close(piece)
    const colon = line.indexOf(':')
    if (colon === 0) return // a comment
    const name = colon < 0 ? line : line.slice(0, colon)
    const value = colon < 0 ? '' : line.slice(line.charCodeAt(colon + 1) === 32 ? colon + 2 : colon + 1)
    if (name === 'data') this.data.push(value)
    else if (name === 'event') this.event = value
    else if (name === 'id' && !value.includes('\0')) this.id = value
    else if (name === 'retry' && /^\d+$/.test(value)) piece.retry = Number(value)
  }

  private close(piece: Piece): void {
    if (this.data.length > 0 || this.id !== null) {
      piece.frames.push({ event: this.data.length > 0 ? this.event || 'message' : '', data: this.data.join('\n'), id: this.id })
    }
    this.data = []
    this.event = ''
    this.id = null
  }
}
