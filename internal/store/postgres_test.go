package store_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"

	"kith"
	"kith/internal/store"
	"kith/internal/store/pgtest"
)

func openPostgres(t testing.TB, o store.Options) *store.DB {
	t.Helper()
	db := open(t, pgtest.Start(t), o)
	mustExec(t, db, things)
	return db
}

// TestRetry: a transaction that lost a race runs again, unseen by its caller, and not for ever.
func TestRetry(t *testing.T) {
	db := openPostgres(t, store.Options{})
	mustExec(t, db, `CREATE FUNCTION lose(code text) RETURNS int LANGUAGE plpgsql AS
		$$ BEGIN RAISE EXCEPTION 'lost' USING ERRCODE = code; END $$`)
	ctx := t.Context()
	for id, code := range []string{"40001", "40P01"} {
		runs := 0
		err := db.Update(ctx, ada, func(tx *store.Tx) error {
			if err := insert(ctx, tx, int64(id), nil); err != nil {
				return err
			}
			if runs++; runs < 3 {
				var n int
				_ = tx.Row(ctx, `SELECT lose($2) WHERE $1 > 0`, code).Scan(&n)
				return errors.New("a step's own words for it")
			}
			return nil
		})
		if err != nil || runs != 3 || !stored(t, db)[int64(id)] {
			t.Errorf("%s: %v after %d runs, stored %v", code, err, runs, stored(t, db))
		}
	}
	runs := 0
	err := db.Update(ctx, ada, func(tx *store.Tx) error {
		runs++
		var n int
		return tx.Row(ctx, `SELECT lose('40001') WHERE $1 > 0`).Scan(&n)
	})
	if kith.AsError(err).Kind != kith.Unavailable || runs != 10 {
		t.Errorf("losing for ever: %v after %d runs, want Unavailable after 10", err, runs)
	}
}

// TestSerializable: with the switch on, reading and then deciding is safe without a lock row.
func TestSerializable(t *testing.T) {
	db := openPostgres(t, store.Options{Serializable: true})
	ctx := t.Context()
	if err := db.Update(ctx, ada, func(tx *store.Tx) error { return insert(ctx, tx, 1, nil) }); err != nil {
		t.Fatal(err)
	}
	var workers sync.WaitGroup
	var done atomic.Int64
	for range 4 {
		workers.Go(func() {
			for range 10 {
				err := db.Update(ctx, ada, func(tx *store.Tx) error {
					var n int
					if err := tx.Row(ctx, `SELECT n FROM things WHERE company_id = $1 AND id = 1`).Scan(&n); err != nil {
						return err
					}
					_, err := tx.Exec(ctx, `UPDATE things SET n = $2 WHERE company_id = $1 AND id = 1`, n+1)
					return err
				})
				if err == nil {
					done.Add(1)
				}
			}
		})
	}
	workers.Wait()
	n, err := db.System().Count(ctx, `SELECT n FROM things`)
	if err != nil || int64(n) != done.Load() || n == 0 {
		t.Errorf("counted to %d in %d acknowledged steps, %v", n, done.Load(), err)
	}
}

// TestRowSecurity: a statement that forgets the company sees nothing of others', and cannot change it.
func TestRowSecurity(t *testing.T) {
	db := openPostgres(t, store.Options{RowSecurity: true})
	ctx := t.Context()
	if err := db.EnableRowSecurity(ctx); err != nil {
		t.Fatal(err)
	}
	for _, by := range []*kith.Actor{ada, member(2)} {
		if err := db.Update(ctx, by, func(tx *store.Tx) error { return insert(ctx, tx, 1, nil) }); err != nil {
			t.Fatal(err)
		}
	}
	count := func(tx *store.Tx) error {
		var n int
		if err := tx.Row(ctx, `SELECT count(*) FROM things WHERE $1 > 0`).Scan(&n); err != nil || n != 1 {
			t.Errorf("%d rows seen, %v; want the company's own", n, err)
		}
		return nil
	}
	if err := errors.Join(db.View(ctx, ada, count), db.Update(ctx, ada, count)); err != nil {
		t.Error(err)
	}
	err := db.Update(ctx, ada, func(tx *store.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO things (company_id, id) SELECT 2, 7 WHERE $1 > 0`)
		return err
	})
	if err == nil {
		t.Error("one company wrote into another")
	}
	if n, err := db.System().Count(ctx, `SELECT count(*) FROM things`); err != nil || n != 2 {
		t.Errorf("System sees %d rows, %v; want all", n, err)
	}
}

// TestLostCommit: if the connection breaks while COMMIT is under way, nobody knows whether it
// happened. It is not run again, or it might happen twice.
func TestLostCommit(t *testing.T) {
	direct := openPostgres(t, store.Options{})
	address, proxy := startProxy(t, direct)
	db := open(t, address, store.Options{})
	proxy.cutAt.Store("COMMIT\x00") // ends a query on the wire
	runs := 0
	err := db.Update(t.Context(), ada, func(tx *store.Tx) error {
		runs++
		return insert(t.Context(), tx, int64(runs), nil)
	})
	if e := kith.AsError(err); e.Kind != kith.Unavailable || e.Code != kith.CodeDatabase || runs != 1 {
		t.Errorf("%v after %d runs, want Unavailable after one", err, runs)
	}
	proxy.cutAt.Store("")
	<-proxy.cut
	if got := stored(t, direct); len(got) != 1 {
		t.Errorf("stored %v, want the one row", got)
	}
	if err := db.Ping(t.Context()); err != nil {
		t.Errorf("with the server back: %v", err)
	}
}

// TestUnreachable: a server that goes away is told as such to readers, writers and /readyz.
func TestUnreachable(t *testing.T) {
	direct := openPostgres(t, store.Options{})
	address, proxy := startProxy(t, direct)
	db := open(t, address, store.Options{})
	proxy.close()
	for name, err := range map[string]error{
		"Ping":   db.Ping(t.Context()),
		"Update": db.Update(t.Context(), ada, func(tx *store.Tx) error { return insert(t.Context(), tx, 1, nil) }),
		"View": db.View(t.Context(), ada, func(tx *store.Tx) error {
			return tx.Row(t.Context(), `SELECT $1`).Scan(new(int))
		}),
	} {
		if e := kith.AsError(err); e.Kind != kith.Unavailable || e.Code != kith.CodeDatabase {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// proxy stands between kith and the server, to break what is between them.
type proxy struct {
	listener net.Listener
	server   string
	cutAt    atomic.Value // string: after passing on bytes that hold it, the client is cut off
	cut      chan bool    // closed when the server has ended the connection whose client was cut off
	mu       sync.Mutex
	open     []net.Conn
}

// startProxy gives db's address by way of a proxy.
func startProxy(t *testing.T, db *store.DB) (address string, p *proxy) {
	t.Helper()
	u, err := url.Parse(db.Address())
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p = &proxy{listener: l, server: u.Host, cut: make(chan bool)}
	p.cutAt.Store("")
	go p.serve()
	t.Cleanup(p.close)
	u.Host = l.Addr().String()
	return u.String(), p
}

func (p *proxy) serve() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		server, err := net.Dial("tcp", p.server)
		if err != nil {
			client.Close()
			continue
		}
		p.mu.Lock()
		p.open = append(p.open, client, server)
		p.mu.Unlock()
		go p.link(client, server)
	}
}

// link passes bytes both ways. When it cuts the client off, the server may still finish.
func (p *proxy) link(client, server net.Conn) {
	answers := make(chan bool)
	go func() {
		_, _ = io.Copy(client, server)
		client.Close()
		close(answers)
	}()
	cut := false
	buffer := make([]byte, 1<<16)
	for {
		n, err := client.Read(buffer)
		if at := p.cutAt.Load().(string); at != "" && bytes.Contains(buffer[:n], []byte(at)) {
			cut = true
			client.Close() // before the server can answer
		}
		if _, werr := server.Write(buffer[:n]); err != nil || werr != nil {
			break
		}
	}
	_ = server.(*net.TCPConn).CloseWrite()
	if cut {
		_, _ = io.Copy(io.Discard, server) // until the server, too, has ended
		close(p.cut)
	}
	<-answers
	server.Close()
}

func (p *proxy) close() {
	p.listener.Close()
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, conn := range p.open {
		conn.Close()
	}
}
