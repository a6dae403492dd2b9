package store

import (
	"context"
	"fmt"
)

// What saving a site, a group, a membership or a user does to user_2fa_enabled (core.md 1.8, "2FA side effects"). The
// statements leave version_id alone, as upstream's do: a form that is open elsewhere can still be saved.

// usersOfSite selects the users with a role on one of the sites that the condition in %s (on t_sites x) leaves.
const usersOfSite = `SELECT m.id_user FROM t_users_users_groups m
	JOIN t_services_access a ON a.id_user_group = m.id_user_group AND a.deleted_at IS NULL
	JOIN t_services_roles o ON o.id_service_role = a.id_service_role AND o.deleted_at IS NULL
	JOIN t_sites x ON x.id_site = o.id_site AND x.deleted_at IS NULL
	WHERE m.deleted_at IS NULL AND %s`

func (tx *Tx) twoFactorForSite(ctx context.Context, site int) error {
	return tx.exec(ctx, "UPDATE t_users SET user_2fa_enabled = TRUE WHERE user_superadmin OR id_user IN ("+
		fmt.Sprintf(usersOfSite, "x.id_site = ?")+")", site)
}

func (tx *Tx) twoFactorForGroup(ctx context.Context, group int) error {
	return tx.exec(ctx, "UPDATE t_users SET user_2fa_enabled = TRUE WHERE id_user IN ("+
		fmt.Sprintf(usersOfSite, "x.site_2fa_required AND m.id_user_group = ?")+")", group)
}

func (tx *Tx) twoFactorForUser(ctx context.Context, u *User) error {
	required, err := tx.count(ctx, "SELECT count(*) FROM ("+fmt.Sprintf(usersOfSite, "x.site_2fa_required AND m.id_user = ?")+") q", u.ID)
	if err != nil {
		return err
	}
	sites, err := tx.count(ctx, "SELECT count(*) FROM ("+fmt.Sprintf(usersOfSite, "m.id_user = ?")+") q", u.ID)
	if err != nil {
		return err
	}
	if u.SuperAdmin {
		if required, err = tx.count(ctx, "SELECT count(*) FROM t_sites WHERE site_2fa_required AND deleted_at IS NULL"); err != nil {
			return err
		}
		sites = required
	}
	switch {
	case required > 0:
		u.TwoFactor = true
		return tx.exec(ctx, "UPDATE t_users SET user_2fa_enabled = TRUE WHERE id_user = ?", u.ID)
	case sites == 0 && !u.TwoFactor:
		u.TwoFactorOTP, u.TwoFactorEmail, u.TwoFactorSecret = false, false, nil
		return tx.exec(ctx, `UPDATE t_users SET user_2fa_otp_enabled = FALSE, user_2fa_email_enabled = FALSE,
			user_2fa_otp_secret = NULL WHERE id_user = ?`, u.ID)
	}
	return nil
}

func (tx *Tx) exec(ctx context.Context, query string, args ...any) error {
	_, err := tx.db.NewRaw(query, args...).Exec(ctx)
	return translate(err)
}
