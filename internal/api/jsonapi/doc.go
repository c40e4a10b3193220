// Package jsonapi is the face that Daptin's published client and any JSON:API 1.1 client speak:
// /api/{table}, /action/{table}/{action}, and what goes with them. It walks the catalogue of core/resource,
// decodes, calls it and shows what it got; who may, what is valid and what follows is the core's to say.
//
// Where the face departs from what it imitates, it does so on purpose. Who asks:
//
//   - Who asks is told by the Authorization header alone: never by a cookie or a token in the query string.
//     Passwords and tokens in a query string are refused, and actions are run by POST only.
//   - A token that is none, foreign or expired makes a guest, as in the original; one of ours whose session
//     was ended is 401. A guest who is refused gets 403, as there.
//   - Tokens are of a session and name its user, not an e-mail, are signed by ES256, and live as long as the
//     company says: ten hours, where the original has 72. What ends a session ends them at once.
//   - Each request is about one company: the token's; for guests that of X-Company, or of the host name, or
//     the only one there is.
//
// Who may:
//
//   - A company begins closed: who is signed in sees their own rows and what was opened to them, where the
//     original opens all rows to all users, and a fresh one all to guests. Guests own nothing, and so what
//     has no owner is not theirs.
//   - Claiming a company takes over nobody's rows and opens or shuts nothing; from elsewhere than this
//     machine it takes the setup token. Rows of world and action are changed by the admin permission over
//     permissions alone, and what they say holds from the next request on.
//   - The group bits of a table or an action are those of whoever is signed in, and there is no bit 2097152.
//   - To view a row implies to peek at it: what is listed can be read alone. Whoever may only peek is told
//     403, and others 404.
//   - A permission is taken when a row is added, too; of a new user from staff only. Only the owner and
//     staff change it, and nobody gives what they do not hold.
//   - An action is protected by its own row, not by its name alone, and what it does is asked of the caller,
//     not done as an administrator. /actions lists those that the caller may run.
//   - Everybody has a home group, which follows from the user. Who is in a group is for its maker and staff
//     to say; members leave by themselves.
//
// Users and passwords:
//
//   - A password is shown as "" and stays as it is when that comes back in a PATCH. Adding a row asks as much
//     of one as signing up. Nobody chooses another's; one's own takes current_password, but right after a
//     sign-in by password, and ends all temporary sessions.
//   - confirmed cannot be written. E-mails are unique whatever their case. DELETE of a user archives.
//   - Where the company hides who is there, POST of a user answers 202 with meta alone.
//   - reset-password mails a link to whoever has an account, and needs no number; reset-password-verify
//     takes the link's token as otp and the new password, which is never mailed. The actions about
//     codes are for numbers of one's own. Wrong passwords make sign-ins wait.
//
// Requests and answers:
//
//   - Statuses are those of HTTP: a wrong password is 401, what is taken 409, bad input 400, what is not there
//     (or not for the caller) 404, a method that is not offered 405. No words of a database or validator are
//     sent. All bad fields are told of at once, each with its pointer or parameter and a stable code; to
//     whoever runs an action in one client.notify.
//   - Names that occur twice, or in two spellings, are refused at any depth; unknown ones are ignored. What is
//     no JSON is 400, for actions too. A type or id in the body that contradicts the address is 409, and so
//     is an id of a client's own on POST (403).
//   - Flags are true and false, as the documentation says, where the original sends 1 and 0; both are taken.
//     Times are always UTC with milliseconds. A permission may be a number or digits in a text.
//   - page[size] ends at 500 and page[number] begins at 1. Totals are exact, or meta says capped; where looking
//     for rows ended early meta says incomplete, and the link to the next page goes on from there. Links of
//     pages are whole URLs; "to" is never beyond the total. By cursor there are no page numbers.
//   - include (JSON:API) and included_relations name relations. Both fill the relationship's data and the
//     document's "included"; the second also makes the ids an attribute, as the original does. Without them a
//     relation to many has links only. fields and fields[table] choose attributes and relationships, of one
//     row too. Rows that two relations lead to are included once.
//   - query is taken as JSON and as query[][column]=…, which the client sends and the original ignores. Its
//     operators, and sort, know the columns that are shown, never the secret ones.
//   - like and "not like" know upper from lower case; ilike, contains, "begins with" and "ends with" do not.
//   - Related rows carry their own id and permission, not those of the row that links them. GET of a
//     relationship tells who is linked. The tables of links can be listed; a link's id is that of its row and
//     that of its group, joined by a dot.
//   - POST of a row links it to the rows that its relationships name. PATCH links and unlinks nothing: it takes what
//     is linked already, and nothing for nothing said, as the published client writes back rows whose relations it
//     has not loaded, and a relation to one without its id. What is not linked is refused: /relationships/ does that.
//   - PUT is 405 (404 there). POST with several rows in one body is refused.
//   - kith's own: GET .../why tells which rule lets an actor do what with a row; generate_jwt_token makes a
//     token that ends earlier.
//   - /_config knows the keys about sign-in, tokens and access, for who may view and change the company; the
//     rest of the original's is not there, nor are /aggregate, /statistics, /graphql, and tables and actions
//     of one's own. X-RateLimit headers are not sent; Retry-After is.
package jsonapi
