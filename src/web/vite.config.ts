/**
 * Build of the console page into dist/web, which the gateway serves under `Content-Security-Policy: default-src 'self'`.
 * So nothing is inlined: no data: URL for a small asset, no script or style in the HTML.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const { version } = JSON.parse(readFileSync(here('../../package.json'), 'utf8')) as { version: string };

export default defineConfig({
  root: here('.'),
  // Relative, so that the page also works under a path of a reverse proxy.
  base: './',
  plugins: [react()],
  define: { __PAGE_BUILD__: JSON.stringify(version) },
  build: {
    outDir: here('../../dist/web'),
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // The drawn map is larger than all the rest, and comes when it is opened.
    chunkSizeWarningLimit: 1200,
  },
  server: {
    host: '127.0.0.1',
    port: 5173,
    proxy: { '/console/ws': { target: 'ws://127.0.0.1:8080', ws: true } },
  },
});
