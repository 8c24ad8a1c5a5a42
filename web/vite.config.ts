import { defineConfig } from 'vite';

// Plain names and no inlining: the files are compiled into the program (CMakeLists.txt), and the
// page's Content-Security-Policy takes scripts and styles as files only.
export default defineConfig({
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    target: 'es2022',
    copyPublicDir: false, // CMakeLists.txt takes public/ as it is
    assetsInlineLimit: 0,
    cssCodeSplit: false,
    modulePreload: { polyfill: false },
    rollupOptions: {
      output: {
        entryFileNames: 'app.js',
        chunkFileNames: '[name].js',
        assetFileNames: 'app[extname]',
      },
    },
  },
  server: { proxy: { '/api': 'http://127.0.0.1:8610' } },
});
