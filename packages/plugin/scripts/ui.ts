import { createHash } from "node:crypto"
import { join } from "node:path"
import { build } from "esbuild"

/** Where the page stands that a deployment ships. */
export const uiFile = join(import.meta.dirname, "../src/internal/page/page.ts")

const folder = join(import.meta.dirname, "../ui")

const bundled = async (entry: string): Promise<string> => {
  const { outputFiles } = await build({
    entryPoints: [join(folder, entry)],
    bundle: true,
    minify: true,
    write: false,
    format: "iife",
    target: "es2022",
    // Letters beyond ASCII survive every bundler and every encoding as escapes.
    charset: "ascii",
    jsx: "automatic",
    jsxImportSource: "preact",
    legalComments: "none",
    logLevel: "error",
  })
  return outputFiles[0]?.text.trim() ?? ""
}

const hashOf = (text: string): string => `'sha256-${createHash("sha256").update(text).digest("base64")}'`

/** The icon, as the page's own mark. */
const icon = `data:image/svg+xml,${encodeURIComponent(
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="#2b6cb0"><path d="M4 6.500C4 4.600 7 3 11 3s7 1.600 7 3.500v4.200a7 7 0 0 0-7 7c0 .4 0 .8.100 1.200C7 19 4 17.400 4 15.500Z" opacity=".45"/><path d="M18 12.500a5.500 5.500 0 1 1 0 11 5.500 5.500 0 0 1 0-11Zm-1 2.300v3.700l2.800 1.600.8-1.300-2.100-1.200v-2.800Z"/></svg>',
)}`

/**
 * The page and its policy. The policy names the one script and the one style by their hashes, so that nothing else runs,
 * whatever a proxy or a name that is shown may bring into the page.
 */
export const makeUi = async (): Promise<{ readonly html: string; readonly policy: string }> => {
  const script = (await bundled("main.tsx")).replaceAll("</script", "<\\/script").replaceAll("<!--", "<\\!--")
  const style = await bundled("style.css")
  if (/<\/style/i.test(style)) throw new Error("The style ends its own element.")
  const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="robots" content="noindex">
<title>Replication</title>
<link rel="icon" href="${icon}">
<style>${style}</style>
</head>
<body>
<div id="root"></div>
<noscript>This page needs JavaScript. The same is to be had with curl from /replicate/status.</noscript>
<script data-cfasync="false">${script}</script>
</body>
</html>
`
  const policy = [
    "default-src 'none'",
    `script-src ${hashOf(script)}`,
    `style-src ${hashOf(style)}`,
    "connect-src 'self'",
    "img-src data:",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join("; ")
  return { html, policy }
}

/** The module that holds both. */
export const uiText = async (): Promise<string> => {
  const { html, policy } = await makeUi()
  return `// Made of ui/ by \`pnpm --filter @starbase-replication/plugin ui\`; not to be changed here.
export const policy = ${JSON.stringify(policy)}
export const html = ${JSON.stringify(html)}
`
}
