/** What the server takes as evidence. */
export const MEDIA = ['image/jpeg', 'image/png', 'image/webp', 'application/pdf', 'text/plain']
export const MAX_BYTES = 10 * 1024 * 1024

export type FileFault = 'empty' | 'tooLarge' | 'wrongType'

/** Why a file would be refused, before it is sent; the server looks into it itself. */
export function faultOf(file: { size: number; type: string }): FileFault | null {
  if (file.size === 0) return 'empty'
  if (file.size > MAX_BYTES) return 'tooLarge'
  return MEDIA.includes(file.type.split(';')[0]!.trim()) ? null : 'wrongType'
}

/** A size for people. */
export function sizeText(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`
  if (bytes < 1_000_000) return `${Math.round(bytes / 1000)} KB`
  return `${(bytes / 1_000_000).toFixed(1)} MB`
}

export const isImage = (media: string): boolean => media.startsWith('image/')
