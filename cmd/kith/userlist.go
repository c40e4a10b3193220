package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"kith"
	"kith/internal/core"
)

// usersAtOnce is how many users are asked for at once.
const usersAtOnce = 200

func userList(c *config) *cobra.Command {
	cmd := &cobra.Command{Use: "list --company COMPANY", Short: "List users of a company, newest first", Args: takes(cobra.NoArgs)}
	company := cmd.Flags().String("company", "", "whose users")
	search := cmd.Flags().String("search", "", "words, each of which begins an identifier or a name; those come in the order of what was found")
	status := cmd.Flags().String("status", "", "those of this verdict: "+strings.Join(statuses(), ", "))
	group := cmd.Flags().String("group", "", "those of this group")
	archived := cmd.Flags().Bool("archived", false, "the archived ones, who are left out otherwise")
	limit := cmd.Flags().Int("limit", 50, "how many at most")
	all := cmd.Flags().Bool("all", false, "however many there are")
	out := addOutput(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		switch {
		case *all && cmd.Flags().Changed("limit"):
			return usage("give --limit or --all, not both")
		case *limit < 1:
			return usage("--limit is %d: give 1 or more", *limit)
		}
		if _, known := kith.StatusNamed(*status); !known && *status != "" {
			return usage("--status is %q: give one of %s", *status, strings.Join(statuses(), ", "))
		}
		q := kith.UserQuery{Search: *search, NoTotal: true}
		ask := func(field kith.UserField, value string) {
			if value != "" {
				q.Where = append(q.Where, kith.Condition{Name: field.String(), Field: field, Values: []string{value}})
			}
		}
		ask(kith.FieldStatus, *status)
		ask(kith.FieldGroup, *group)
		ask(kith.FieldArchived, fmt.Sprint(*archived))
		most := *limit
		if *all {
			most = 0
		}
		return c.inCompany(cmd.Context(), *company, func(ctx context.Context, k *core.Core, by *kith.Actor) error {
			if *group != "" {
				if _, err := k.Access.Group(ctx, by, *group); errors.Is(err, kith.ErrNotFound) {
					return fmt.Errorf("there is no group %q in %s", *group, by.Company.Slug)
				} else if err != nil {
					return err
				}
			}
			return listUsers(ctx, k, by, q, most, out)
		})
	}
	return cmd
}

func statuses() []string {
	var words []string
	for s := kith.Pending; s <= kith.Paused; s++ {
		words = append(words, s.String())
	}
	return words
}

// listUsers prints those whom the query asks for: most of them, or with 0 all.
func listUsers(ctx context.Context, k *core.Core, by *kith.Actor, q kith.UserQuery, most int, out *output) error {
	list := out.list("users", "USER", "NAME", "GROUP", "STATE", "STATUS", "CREATED", "ID")
	for {
		q.Page = kith.Page{Number: 1, Size: usersAtOnce}
		if most > 0 {
			q.Page.Size = min(usersAtOnce, most-list.count)
		}
		found, err := k.Directory.Users(ctx, by, q, nil)
		if err != nil {
			return err
		}
		for _, m := range found.Rows {
			u := m.User
			name := handle(u)
			if name == u.ID.String() {
				name = "" // it stands in a column of its own
			}
			err := list.add(userLineOf(m), name, fullName(u), groupName(m.Group), state(u), u.Status.String(), moment(u.CreatedAt), u.ID.String())
			if err != nil {
				return err
			}
		}
		q.Cursor = found.Next
		if q.Cursor == "" || list.count == most && most > 0 {
			break
		}
	}
	if err := list.end(q.Cursor == ""); err != nil {
		return err
	}
	if q.Cursor != "" && !out.json {
		fmt.Fprintln(os.Stderr, "There are more than these: --limit N lists N of them, --all everybody.")
	}
	return nil
}
