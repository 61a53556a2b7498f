import { gzipSync } from 'node:zlib'
import type { Plugin } from 'vite'

const compressible = /\.(html|js|mjs|css|svg|json|txt|map)$/

/** Writes FILE.gz beside every file that shrinks by it, so that the server need not compress. */
export function gzip(): Plugin {
  return {
    name: 'gzip-beside',
    apply: 'build',
    enforce: 'post',
    generateBundle: {
      order: 'post',
      handler(_, bundle) {
        for (const file of Object.values(bundle)) {
          if (!compressible.test(file.fileName)) continue
          const text = Buffer.from(file.type === 'chunk' ? file.code : file.source)
          const small = gzipSync(text, { level: 9 })
          if (text.length < 512 || small.length > text.length * 0.95) continue
          this.emitFile({ type: 'asset', fileName: `${file.fileName}.gz`, source: small })
        }
      },
    },
  }
}
