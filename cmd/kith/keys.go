package main

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"kith/internal/core"
	"kith/internal/core/signin"
)

// keyDocument is one of the installation's signing keys, for programs.
type keyDocument struct {
	ID      string `json:"kid"`
	Signs   bool   `json:"signs"`
	Created *int64 `json:"created"`
	Ends    *int64 `json:"ends"` // null: it signs still
}

func keysCommand(c *config) *cobra.Command {
	return family("keys", "Look after the keys that tokens are signed by", keysList(c), keysRotate(c))
}

func keysList(c *config) *cobra.Command {
	cmd := &cobra.Command{Use: "list", Short: "List the signing keys: the one that signs, and those whose tokens are still good", Args: takes(cobra.NoArgs)}
	out := addOutput(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return c.beside(cmd.Context(), func(ctx context.Context, k *core.Core) error { return out.keys(ctx, k) })
	}
	return cmd
}

func keysRotate(c *config) *cobra.Command {
	cmd := &cobra.Command{Use: "rotate", Short: "Make a new signing key, which signs from now on", Args: takes(cobra.NoArgs),
		Long: `Make a new signing key, which signs from now on: on every running node within seconds. What the keys before it
signed stays good for a time, so that nobody is signed out. --keep 0s ends it at once, for a key that was stolen.`}
	keep := cmd.Flags().Duration("keep", signin.KeepSigned, "how long what the keys before it signed stays good")
	out := addOutput(cmd)
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		return c.beside(cmd.Context(), func(ctx context.Context, k *core.Core) error {
			if err := k.Signin.RotateKeys(ctx, *keep); err != nil {
				return err
			}
			return out.keys(ctx, k)
		})
	}
	return cmd
}

// keys prints the signing keys, the one that signs first.
func (o *output) keys(ctx context.Context, k *core.Core) error {
	keys, err := k.Signin.PublicKeys(ctx)
	if err != nil {
		return err
	}
	list := o.list("keys", "KEY", "STATE", "CREATED", "GOOD UNTIL")
	for _, key := range keys {
		state := "verifies"
		if key.Signs {
			state = "signs"
		}
		d := keyDocument{key.ID, key.Signs, millis(key.CreatedAt), millis(key.EndsAt)}
		if err := list.add(d, key.ID, state, moment(key.CreatedAt), until(key.EndsAt)); err != nil {
			return err
		}
	}
	return list.end(true)
}

// until is the end of something for people.
func until(end time.Time) string {
	if end.IsZero() {
		return "it is replaced"
	}
	return moment(end)
}
