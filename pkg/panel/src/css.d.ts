/** A style sheet as text: the build joins its imports and minifies it. */
declare module "*.css" {
  const text: string;
  export default text;
}
