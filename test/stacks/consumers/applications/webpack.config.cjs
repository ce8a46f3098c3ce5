/** Leaves nothing out but what is not installed: `nest build --webpack --webpackPath webpack.config.cjs`. */
const { isBuiltin } = require('node:module');
const { IgnorePlugin } = require('webpack');

/** Nest and TypeORM try packages that an application need not have. */
const notInstalled = new IgnorePlugin({
  checkResource(request, folder) {
    if (!folder.includes('node_modules') || !/^[@\w]/.test(request) || isBuiltin(request)) return false;
    try {
      require.resolve(request, { paths: [folder] });
      return false;
    } catch (error) {
      // What is there for `import` alone is there.
      return error.code === 'MODULE_NOT_FOUND';
    }
  },
});

module.exports = (options) => ({ ...options, externals: [], plugins: [...options.plugins, notInstalled] });
