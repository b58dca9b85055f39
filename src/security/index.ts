export { securityErrors } from "./errors.js";
export { permissionProblem } from "./permission.js";
